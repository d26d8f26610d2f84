import { expect, it } from '@jest/globals';
import { placeOf } from './network.js';

it.each([
  ['192.0.2.7', '192.0.2.7', '192.0.2'],
  ['::ffff:192.0.2.7', '192.0.2.7', '192.0.2'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2', '2001:db8:1'],
  ['2001:DB8:0001:0002::9', '2001:db8:1:2', '2001:db8:1'],
  ['2001:db8::1', '2001:db8:0:0', '2001:db8:0'],
  ['::1', '0:0:0:0', '0:0:0'],
])('%s belongs to the line %s in the neighbourhood %s', (address, line, neighbourhood) => {
  expect(placeOf(address)).toEqual({ line, neighbourhood });
});
it('one customer cannot guess from 2^64 addresses', () => {
  expect(placeOf('2001:db8:1:2:aaaa::1').line).toBe(placeOf('2001:db8:1:2::ffff').line);
});
