import { describe, expect, it } from '@jest/globals';
import { csvText } from './csv.js';

describe('csvText', () => {
  it('quotes what would break a row', () => {
    expect(csvText([['Name', 'Note'], ['Okafor, Ada', 'says "hi"\nand leaves']])).toBe('Name,Note\r\n"Okafor, Ada","says ""hi""\nand leaves"\r\n');
  });
  it('ID-33 takes the effect from cells that begin like a formula', () => {
    expect(csvText([['=1+1', '+44', '-2', '@SUM(A1)', '\tx', 'a=b']])).toBe("'=1+1,'+44,'-2,'@SUM(A1),'\tx,a=b\r\n");
  });
});
