import { describe } from '@jest/globals';
import { Decimal128, Double, Int32, Long, MinKey, ObjectId } from 'bson';
import { refusedWith, Wire } from './wire.js';

const wire = new Wire();
const decimal = (text: string): Decimal128 => Decimal128.fromString(text);
const long = (text: string): Long => Long.fromString(text);
const double = (value: number): Double => new Double(value);

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation-arithmetic/', () => {
  wire.expressions({ price: 10, fee: 2, at: new Date('2014-03-01T08:00:00Z'), d: decimal('0.1'), text: 'x', list: [1] }, [
    [{ $add: ['$price', '$fee'] }, 12],
    [{ $add: ['$at', 3 * 60 * 60000] }, new Date('2014-03-01T11:00:00Z')],
    [{ $add: [2147483647, 1] }, Long.fromNumber(2147483648)],
    [{ $add: [long('9223372036854775807'), 1] }, double(2 ** 63)],
    [{ $add: [double(0.1), double(0.2), double(0.3)] }, double(0.6)],
    [{ $add: ['$d', decimal('0.2')] }, decimal('0.3')],
    [{ $add: ['$d', long('9007199254740993')] }, decimal('9007199254740993.1')],
    [{ $add: ['$price', null] }, null], [{ $add: ['$price', '$nowhere'] }, null], [{ $add: [] }, 0],
    [{ $add: ['$price', '$text'] }, refusedWith(14)], [{ $add: ['$at', '$at'] }, refusedWith(16612)],
    [{ $add: ['$at', double(Infinity)] }, refusedWith(15)],
    [{ $subtract: ['$price', '$fee'] }, 8],
    [{ $subtract: ['$at', new Date('2014-03-01T07:00:00Z')] }, Long.fromNumber(3600000)],
    [{ $subtract: ['$at', 5 * 60000] }, new Date('2014-03-01T07:55:00Z')],
    [{ $subtract: [1, '$at'] }, refusedWith(14)], [{ $subtract: [1] }, refusedWith(16020)],
    [{ $multiply: [100000, 100000] }, Long.fromNumber(10000000000)],
    [{ $multiply: [decimal('1.10'), 3] }, decimal('3.30')], [{ $multiply: ['$text', 2] }, refusedWith(14)],
    [{ $divide: ['$price', 4] }, double(2.5)], [{ $divide: [20, 4] }, double(5)],
    [{ $divide: [decimal('10'), decimal('3')] }, decimal('3.333333333333333333333333333333333')],
    [{ $divide: [decimal('100'), decimal('7')] }, decimal('14.28571428571428571428571428571429')],
    [{ $divide: [decimal('10'), 2] }, decimal('5')], [{ $divide: [double(10), decimal('2')] }, decimal('5.0000000000000')],
    [{ $divide: [decimal('0.4999999999999999999999999999999999'), decimal('2')] }, decimal('0.2500000000000000000000000000000000')],
    [{ $divide: [1, 0] }, refusedWith(2)], [{ $divide: ['$text', 2] }, refusedWith(14)],
    [{ $mod: [-5, 3] }, -2], [{ $mod: [double(5.5), 2] }, double(1.5)], [{ $mod: [decimal('5.5'), 2] }, decimal('1.5')], [{ $mod: [1, 0] }, refusedWith(16610)],
    [{ $abs: -3 }, 3], [{ $abs: -2147483648 }, Long.fromNumber(2147483648)], [{ $abs: Long.MIN_VALUE }, refusedWith(28680)],
    [{ $ceil: double(7.8) }, double(8)], [{ $ceil: double(-2.8) }, double(-2)], [{ $floor: decimal('-2.1') }, decimal('-3')], [{ $floor: 5 }, 5],
    [{ $ceil: 'x' }, refusedWith(28765)],
    [{ $round: [double(10.5), 0] }, double(10)], [{ $round: double(11.5) }, double(12)], [{ $round: [double(19.25), 1] }, double(19.2)],
    [{ $round: [double(2.675), 2] }, double(2.67)], [{ $round: [1234, -2] }, 1200], [{ $round: [decimal('-7.5'), 0] }, decimal('-8')], [{ $round: [1, 101] }, refusedWith(51083)],
    [{ $round: [1, double(0.5)] }, refusedWith(51082)], [{ $round: [Long.MAX_VALUE, -1] }, refusedWith(51080)],
    [{ $trunc: [double(-7.89), 1] }, double(-7.8)], [{ $trunc: double(7.9) }, double(7)],
    [{ $pow: [2, 3] }, 8], [{ $pow: [2, 40] }, Long.fromNumber(2 ** 40)], [{ $pow: [2, -1] }, double(0.5)], [{ $pow: [0, -1] }, refusedWith(28764)], [{ $pow: ['x', 1] }, refusedWith(28762)],
    [{ $sqrt: 25 }, double(5)], [{ $sqrt: -1 }, refusedWith(28714)], [{ $exp: 0 }, double(1)], [{ $ln: 1 }, double(0)], [{ $ln: 0 }, refusedWith(28766)],
    [{ $log10: 100 }, double(2)], [{ $log10: -1 }, refusedWith(28761)], [{ $log: [8, 2] }, double(3)], [{ $log: [8, 1] }, refusedWith(28759)], [{ $log: ['x', 2] }, refusedWith(28756)],
    [{ $sqrt: '$d' }, refusedWith(238)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation-comparison/', () => {
  wire.expressions({ a: 5, text: 'x', none: null }, [
    [{ $cmp: ['$a', 250] }, -1], [{ $cmp: ['$a', '$text'] }, -1], [{ $gt: ['$text', '$a'] }, true],
    [{ $eq: ['$a', decimal('5.0')] }, true], [{ $eq: ['$nowhere', null] }, false], [{ $eq: ['$none', null] }, true], [{ $lt: ['$nowhere', null] }, true],
    [{ $ne: [{ a: 1, b: 2 }, { b: 2, a: 1 }] }, true], [{ $gte: [[1, 2], [1]] }, true], [{ $lte: [long('9007199254740993'), double(9007199254740992)] }, false],
    [{ $eq: [1] }, refusedWith(16020)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation-boolean/', () => {
  wire.expressions({ a: 5 }, [
    [{ $and: [1, 'green'] }, true], [{ $and: [] }, true], [{ $and: [null, [true]] }, false], [{ $or: [] }, false], [{ $or: [0, '$nowhere', double(0)] }, false],
    [{ $or: [[], 0] }, true], [{ $not: [[false]] }, false], [{ $not: '$nowhere' }, true], [{ $not: [0, 1] }, refusedWith(16020)],
    [{ $and: [false, { $divide: [1, 0] }] }, false],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/convert/', () => {
  const id = new ObjectId('5ab9cbfa31c2ab715d42129e');
  wire.expressions({ id, text: '5', at: new Date('2018-03-27T16:58:51.538Z'), none: null }, [
    [{ $toBool: 'false' }, true], [{ $toBool: 0 }, false], [{ $toBool: decimal('0.0') }, false], [{ $toBool: '$none' }, null],
    [{ $toInt: double(5.5) }, 5], [{ $toInt: '-2' }, -2], [{ $toInt: '2.5' }, refusedWith(241)], [{ $toInt: Long.fromNumber(2147483648) }, refusedWith(241)], [{ $toInt: double(NaN) }, refusedWith(241)],
    [{ $toInt: true }, 1], [{ $toInt: '$at' }, refusedWith(241)],
    [{ $toLong: '$at' }, Long.fromNumber(1522169931538)], [{ $toLong: decimal('5.5') }, Long.fromNumber(5)], [{ $toLong: decimal('9223372036854775808') }, refusedWith(241)], [{ $toLong: '-8' }, Long.fromNumber(-8)],
    [{ $toDouble: '-5.5e2' }, double(-550)], [{ $toDouble: decimal('8.5') }, double(8.5)], [{ $toDouble: 'x' }, refusedWith(241)], [{ $toDouble: true }, double(1)],
    [{ $toDecimal: double(2.5) }, decimal('2.50000000000000')], [{ $toDecimal: '5.50' }, decimal('5.50')], [{ $toDecimal: long('9007199254740993') }, decimal('9007199254740993')],
    [{ $toString: '$id' }, '5ab9cbfa31c2ab715d42129e'], [{ $toString: '$at' }, '2018-03-27T16:58:51.538Z'], [{ $toString: double(2.5) }, '2.5'], [{ $toString: decimal('1.50') }, '1.50'], [{ $toString: [[1]] }, refusedWith(241)],
    [{ $toDate: Long.fromNumber(1522169931538) }, new Date('2018-03-27T16:58:51.538Z')], [{ $toDate: '$id' }, new Date('2018-03-27T04:43:38Z')], [{ $toDate: '2018-03-20' }, new Date('2018-03-20T00:00:00Z')],
    [{ $toDate: '2018-03-20T11:00:06.5+0100' }, new Date('2018-03-20T10:00:06.500Z')], [{ $toDate: 'Friday' }, refusedWith(241)], [{ $toDate: 5 }, refusedWith(241)],
    [{ $toObjectId: '5ab9cbfa31c2ab715d42129e' }, id], [{ $toObjectId: '5ab9' }, refusedWith(241)], [{ $toInt: [1, 2] }, refusedWith(50723)],
    [{ $convert: { input: 'x', to: 'int', onError: 'no' } }, 'no'], [{ $convert: { input: '$none', to: 'int', onNull: 0 } }, 0], [{ $convert: { input: '$text', to: 16 } }, 5],
    [{ $convert: { input: '$text', to: 'integer' } }, refusedWith(2)], [{ $convert: { input: '$text' } }, refusedWith(9)], [{ $convert: { input: 1, to: 'minKey' } }, refusedWith(241)],
    [{ $type: '$id' }, 'objectId'], [{ $type: '$nowhere' }, 'missing'], [{ $type: long('1') }, 'long'], [{ $type: new MinKey() }, 'minKey'], [{ $type: decimal('1') }, 'decimal'],
    [{ $isNumber: new Int32(1) }, true], [{ $isNumber: '$text' }, false],
  ]);
});
