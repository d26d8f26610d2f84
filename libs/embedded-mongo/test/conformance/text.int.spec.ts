import { describe } from '@jest/globals';
import { BSONRegExp, Double } from 'bson';
import { refusedWith, Wire } from './wire.js';

const wire = new Wire();

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation-string/', () => {
  wire.expressions({ item: 'ABC1', quarter: '13Q1', text: 'cafétéria', sushi: '寿司sushi', none: null, n: 5 }, [
    [{ $concat: ['$item', ' - ', '$quarter'] }, 'ABC1 - 13Q1'], [{ $concat: ['$item', '$none'] }, null], [{ $concat: [1] }, refusedWith(16702)],
    [{ $toLower: 'ÉA' }, 'Éa'], [{ $toUpper: '$none' }, ''], [{ $toUpper: '$n' }, '5'], [{ $toLower: [[1]] }, refusedWith(16007)],
    [{ $strcasecmp: ['$quarter', '13q4'] }, -1], [{ $strcasecmp: ['ABC1', 'abc1'] }, 0],
    [{ $strLenCP: '$text' }, 9], [{ $strLenBytes: '$text' }, 11], [{ $strLenBytes: '$sushi' }, 11], [{ $strLenCP: '$none' }, refusedWith(34471)], [{ $strLenBytes: '$n' }, refusedWith(34473)],
    [{ $substrBytes: ['$text', 0, 3] }, 'caf'], [{ $substrBytes: ['$text', 4, 2] }, refusedWith(28656)], [{ $substrBytes: ['$text', 0, 4] }, refusedWith(28657)],
    [{ $substr: ['$quarter', 2, -1] }, 'Q1'], [{ $substr: ['$quarter', -1, 1] }, refusedWith(50752)], [{ $substr: ['$quarter', 'x', 1] }, refusedWith(16034)],
    [{ $substrCP: ['$sushi', 0, 3] }, '寿司s'], [{ $substrCP: ['$sushi', 1, -1] }, refusedWith(34454)], [{ $substrCP: ['$sushi', new Double(0.5), 1] }, refusedWith(34451)],
    [{ $indexOfCP: ['cafeteria', 'e'] }, 3], [{ $indexOfCP: ['$sushi', 's'] }, 2], [{ $indexOfBytes: ['$sushi', 's'] }, 6], [{ $indexOfCP: ['foo.bar.fi', '.', 5] }, 7],
    [{ $indexOfCP: ['vanilla', 'll', 0, 2] }, -1], [{ $indexOfCP: ['vanilla', 'll', 12] }, -1], [{ $indexOfCP: ['vanilla', 'nilla', 3] }, -1], [{ $indexOfCP: ['$none', 'a'] }, null],
    [{ $indexOfCP: ['a', '$none'] }, refusedWith(40094)], [{ $indexOfCP: ['a', 'a', -1] }, refusedWith(40097)], [{ $indexOfCP: [1, 'a'] }, refusedWith(40093)], [{ $indexOfBytes: ['', ''] }, 0],
    [{ $split: ['June-15-2013', '-'] }, ['June', '15', '2013']], [{ $split: ['banana', 'a'] }, ['b', 'n', 'n', '']], [{ $split: ['headphone jack', 7] }, refusedWith(10503900)], [{ $split: ['a', ''] }, refusedWith(40087)],
    [{ $split: ['$none', 'a'] }, null], [{ $split: [5, 'a'] }, refusedWith(40085)],
    [{ $trim: { input: '  \n good  bye \t  ' } }, 'good  bye'], [{ $trim: { input: ' ggggoodbyeeeee', chars: ' ge' } }, 'oodby'], [{ $trim: { input: '    ggggoodbyeeeee', chars: 'e' } }, '    ggggoodby'],
    [{ $ltrim: { input: '  x ' } }, 'x '], [{ $rtrim: { input: '  x ' } }, '  x'], [{ $trim: { input: '   ' } }, ''], [{ $trim: { input: '$none' } }, null], [{ $trim: { input: 1 } }, refusedWith(50699)],
    [{ $trim: {} }, refusedWith(50695)], [{ $trim: { input: 'a', char: 'b' } }, refusedWith(50694)], [{ $trim: 'a' }, refusedWith(50696)],
    [{ $replaceOne: { input: 'blue paint blue', find: 'blue paint', replacement: { $literal: '$&' } } }, '$& blue'], [{ $replaceAll: { input: 'blue paint blue', find: 'blue', replacement: 'red' } }, 'red paint red'],
    [{ $replaceAll: { input: '$none', find: 'x', replacement: 'y' } }, null], [{ $replaceAll: { input: 1, find: 'x', replacement: 'y' } }, refusedWith(10503904)], [{ $replaceOne: { input: 'a', find: 'b' } }, refusedWith(51747)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/regexFind/', () => {
  wire.expressions({ line: 'Multiple\nlines', cafe: 'Café CAFE', mail: 'Yes. aunt.arc.tica@example.com now', none: null }, [
    [{ $regexMatch: { input: '$line', regex: /lines/ } }, true], [{ $regexMatch: { input: '$line', regex: '^LINE', options: 'im' } }, true], [{ $regexMatch: { input: '$none', regex: 'x' } }, false],
    [{ $regexFind: { input: '$line', regex: 'line' } }, { match: 'line', idx: 9, captures: [] }], [{ $regexFind: { input: '$line', regex: /nope/ } }, null],
    [{ $regexFind: { input: '$mail', regex: '([a-z]+)\\.(x)?arc' } }, { match: 'aunt.arc', idx: 5, captures: ['aunt', null] }],
    [{ $regexFindAll: { input: '$cafe', regex: /(caf)(.)?/i } }, [{ match: 'Café', idx: 0, captures: ['Caf', 'é'] }, { match: 'CAFE', idx: 5, captures: ['CAF', 'E'] }]],
    [{ $regexFindAll: { input: '$cafe', regex: 'x' } }, []], [{ $regexFindAll: { input: 'ab', regex: '' } }, [{ match: '', idx: 0, captures: [] }, { match: '', idx: 1, captures: [] }, { match: '', idx: 2, captures: [] }]],
    [{ $regexMatch: { input: '$line', regex: new BSONRegExp('lines', 'i'), options: 'i' } }, refusedWith(51107)], [{ $regexMatch: { input: 1, regex: 'x' } }, refusedWith(51104)], [{ $regexMatch: { input: 'x', regex: 1 } }, refusedWith(51105)],
    [{ $regexMatch: { input: 'x', regex: '(' } }, refusedWith(51111)], [{ $regexMatch: { input: 'x', regex: 'x', options: 'q' } }, refusedWith(51108)], [{ $regexMatch: { input: 'x' } }, refusedWith(31023)], [{ $regexMatch: 'x' }, refusedWith(51103)],
  ]);
});
