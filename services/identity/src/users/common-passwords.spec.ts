import { expect, it } from '@jest/globals';
import { isCommonPassword } from './common-passwords.js';

it.each(['password1', 'PassWord1', '12345678', 'qwertyuiop', 'summer2026', 'zzzzzzzzzz', 'ababababab', ' iloveyou ', 'P@ssw0rd2026', 'dragon1987!', 'Welcome@123'])('ID-19 %j is common', (password) => {
  expect(isCommonPassword(password)).toBe(true);
});
it.each(['correct horse battery', 'Tr0mbone-Lake', 'harbour lights 7'])('ID-19 %j is not common', (password) => {
  expect(isCommonPassword(password)).toBe(false);
});
