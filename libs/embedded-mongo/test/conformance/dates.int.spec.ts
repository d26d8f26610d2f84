import { describe } from '@jest/globals';
import { Double, Long, ObjectId, Timestamp } from 'bson';
import { type Case, refusedWith, Wire } from './wire.js';

const wire = new Wire();
const utc = (text: string): Date => new Date(`${text}Z`);
const long = (value: number): Long => Long.fromNumber(value);

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation-date/', () => {
  wire.expressions({ at: utc('2014-01-01T08:15:39.736'), id: new ObjectId('52c3cfab0000000000000000'), stamp: new Timestamp({ t: 1388564139, i: 1 }), none: null, text: 'x', sunday: utc('2017-01-01T12:00:00') }, [
    [{ $year: '$at' }, 2014], [{ $month: ['$at'] }, 1], [{ $dayOfMonth: '$at' }, 1], [{ $hour: '$at' }, 8], [{ $minute: '$at' }, 15], [{ $second: '$at' }, 39], [{ $millisecond: '$at' }, 736],
    [{ $dayOfYear: '$at' }, 1], [{ $dayOfWeek: '$at' }, 4], [{ $week: '$at' }, 0], [{ $isoWeek: '$sunday' }, 52], [{ $isoWeekYear: '$sunday' }, long(2016)], [{ $isoDayOfWeek: '$sunday' }, 7],
    [{ $hour: { date: '$at', timezone: 'America/New_York' } }, 3], [{ $hour: { date: '$at', timezone: '+0530' } }, 13], [{ $minute: { date: '$at', timezone: '+05:30' } }, 45], [{ $year: { date: '$at', timezone: '-09' } }, 2013],
    [{ $year: '$id' }, 2014], [{ $second: '$stamp' }, 39], [{ $year: '$none' }, null], [{ $year: { date: '$at', timezone: '$none' } }, null],
    [{ $year: '$text' }, refusedWith(16006)], [{ $year: { date: '$at', timezone: 'Mars/Base' } }, refusedWith(40485)], [{ $year: { date: '$at', timezone: 5 } }, refusedWith(40517)],
    [{ $year: { timezone: 'UTC' } }, refusedWith(40539)], [{ $year: { date: '$at', zone: 'UTC' } }, refusedWith(40535)], [{ $year: ['$at', 1] }, refusedWith(40536)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/dateTrunc/', () => {
  const at = utc('2021-03-20T11:30:05.123');
  const trunc = (unit: string, options: object = {}): object => ({ $dateTrunc: { date: '$at', unit, ...options } });
  wire.expressions({ at, none: null, summer: utc('2021-07-10T01:30:00'), changed: utc('2021-03-14T20:00:00') }, [
    [trunc('year'), utc('2021-01-01T00:00:00')], [trunc('quarter'), utc('2021-01-01T00:00:00')], [trunc('month'), utc('2021-03-01T00:00:00')], [trunc('week'), utc('2021-03-14T00:00:00')],
    [trunc('week', { startOfWeek: 'Monday' }), utc('2021-03-15T00:00:00')], [trunc('week', { startOfWeek: 'sat' }), utc('2021-03-20T00:00:00')], [trunc('day'), utc('2021-03-20T00:00:00')],
    [trunc('hour'), utc('2021-03-20T11:00:00')], [trunc('hour', { binSize: 2 }), utc('2021-03-20T10:00:00')], [trunc('minute', { binSize: 15 }), utc('2021-03-20T11:30:00')], [trunc('second'), utc('2021-03-20T11:30:05')],
    [trunc('week', { binSize: 2, timezone: 'America/Los_Angeles', startOfWeek: 'Monday' }), utc('2021-03-15T07:00:00')],
    [trunc('day', { timezone: 'America/New_York' }), utc('2021-03-20T04:00:00')], [trunc('month', { timezone: 'Asia/Kolkata' }), utc('2021-02-28T18:30:00')], [trunc('year', { timezone: 'Australia/Sydney' }), utc('2020-12-31T13:00:00')],
    [{ $dateTrunc: { date: '$summer', unit: 'day', timezone: 'Europe/Berlin' } }, utc('2021-07-09T22:00:00')], [{ $dateTrunc: { date: '$changed', unit: 'day', timezone: 'America/New_York' } }, utc('2021-03-14T05:00:00')],
    [{ $dateTrunc: { date: '$none', unit: 'day' } }, null], [{ $dateTrunc: { date: '$at', unit: '$none' } }, null],
    [trunc('fortnight'), refusedWith(9)], [trunc('day', { binSize: 0 }), refusedWith(5439018)], [trunc('day', { binSize: 'x' }), refusedWith(5439017)], [{ $dateTrunc: { date: 'x', unit: 'day' } }, refusedWith(5439012)],
    [trunc('week', { startOfWeek: 'Someday' }), refusedWith(5439016)], [trunc('week', { startOfWeek: 1 }), refusedWith(5439015)], [{ $dateTrunc: { date: '$at' } }, refusedWith(5439010)], [{ $dateTrunc: { date: '$at', unit: 1 } }, refusedWith(5439013)], [{ $dateTrunc: 1 }, refusedWith(5439007)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/dateAdd/', () => {
  const add = (amount: unknown, unit: string, options: object = {}): object => ({ $dateAdd: { startDate: '$at', unit, amount, ...options } });
  wire.expressions({ at: utc('2020-12-31T12:10:05'), leap: utc('2021-01-31T10:00:00'), spring: utc('2021-03-13T15:00:00'), none: null }, [
    [add(3, 'day'), utc('2021-01-03T12:10:05')], [add(-1, 'year'), utc('2019-12-31T12:10:05')], [add(2, 'quarter'), utc('2021-06-30T12:10:05')], [add(1, 'week'), utc('2021-01-07T12:10:05')], [add(long(36), 'hour'), utc('2021-01-02T00:10:05')],
    [{ $dateAdd: { startDate: '$leap', unit: 'month', amount: 1 } }, utc('2021-02-28T10:00:00')], [{ $dateSubtract: { startDate: '$leap', unit: 'month', amount: 2 } }, utc('2020-11-30T10:00:00')],
    [{ $dateAdd: { startDate: '$spring', unit: 'day', amount: 1, timezone: 'America/New_York' } }, utc('2021-03-14T14:00:00')], [{ $dateAdd: { startDate: '$spring', unit: 'hour', amount: 24, timezone: 'America/New_York' } }, utc('2021-03-14T15:00:00')],
    [add(null, 'day'), null], [add(new Double(1.5), 'day'), refusedWith(5166405)], [add('1', 'day'), refusedWith(5166405)], [add(1, 'eon'), refusedWith(9)], [{ $dateAdd: { startDate: 'x', unit: 'day', amount: 1 } }, refusedWith(5166403)],
    [{ $dateAdd: { startDate: '$at', unit: 'day' } }, refusedWith(5166402)], [{ $dateAdd: { startDate: '$at', unit: 'day', amount: 1, zone: 1 } }, refusedWith(5166401)], [add(long(1e15), 'year'), refusedWith(5166406)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/dateDiff/', () => {
  const between = (from: string, to: string, unit: string, options: object = {}): object => ({ $dateDiff: { startDate: utc(from), endDate: utc(to), unit, ...options } });
  wire.expressions({ none: null }, [
    [between('2020-11-01T12:00:00', '2020-11-05T00:00:00', 'day'), long(4)], [between('2021-01-31T00:00:00', '2021-02-01T00:00:00', 'month'), long(1)], [between('2020-12-31T23:59:59', '2021-01-01T00:00:00', 'year'), long(1)],
    [between('2021-01-01T00:00:00', '2020-12-31T00:00:00', 'quarter'), long(-1)], [between('2021-01-02T00:00:00', '2021-01-03T00:00:00', 'week'), long(1)], [between('2021-01-02T00:00:00', '2021-01-03T00:00:00', 'week', { startOfWeek: 'monday' }), long(0)],
    [between('2021-01-01T00:59:59', '2021-01-01T01:00:00', 'hour'), long(1)], [between('2021-03-14T04:30:00', '2021-03-14T08:30:00', 'hour', { timezone: 'America/New_York' }), long(4)], [between('2021-03-14T04:30:00', '2021-03-14T08:30:00', 'day', { timezone: 'America/New_York' }), long(1)],
    [between('2021-01-01T00:00:00', '2021-01-01T00:00:01.5', 'millisecond'), long(1500)], [{ $dateDiff: { startDate: '$none', endDate: utc('2021-01-01T00:00:00'), unit: 'day' } }, null],
    [{ $dateDiff: { startDate: 'x', endDate: utc('2021-01-01T00:00:00'), unit: 'day' } }, refusedWith(5166307)], [{ $dateDiff: { startDate: 1, unit: 'day' } }, refusedWith(5166304)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/dateToString/', () => {
  const format = (written: string, options: object = {}): object => ({ $dateToString: { date: '$at', format: written, ...options } });
  wire.expressions({ at: utc('2014-01-01T08:15:39.736'), none: null }, [
    [format('%Y-%m-%d'), '2014-01-01'], [format('%H:%M:%S:%L%z', { timezone: 'America/New_York' }), '03:15:39:736-0500'], [format('%H:%M:%S:%L%z', { timezone: '+04:30' }), '12:45:39:736+0430'], [format('minutes %Z', { timezone: '+04:30' }), 'minutes +270'],
    [format('%j-%u-%w-%U-%V-%G-%%-%b-%B'), '001-3-4-00-01-2014-%-Jan-January'], [{ $dateToString: { date: '$at' } }, '2014-01-01T08:15:39.736Z'], [{ $dateToString: { date: '$at', timezone: 'Europe/Zurich' } }, '2014-01-01T09:15:39.736'],
    [{ $dateToString: { date: '$none', onNull: 'none' } }, 'none'], [{ $dateToString: { date: '$none' } }, null], [format('%n'), refusedWith(18536)], [format('%'), refusedWith(18535)], [{ $dateToString: { date: '$at', format: 5 } }, refusedWith(18533)], [{ $dateToString: {} }, refusedWith(18628)], [{ $dateToString: { date: '$at', fmt: 1 } }, refusedWith(18534)],
  ]);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/dateFromString/', () => {
  const read = (dateString: unknown, options: object = {}): object => ({ $dateFromString: { dateString, ...options } });
  const cases: Case[] = [
    [read('2017-02-08T12:10:40.787'), utc('2017-02-08T12:10:40.787')], [read('2017-02-08T12:10:40.787', { timezone: 'America/New_York' }), utc('2017-02-08T17:10:40.787')], [read('2017-02-08'), utc('2017-02-08T00:00:00')],
    [read('2017-02-08T12:10:40+0530'), utc('2017-02-08T06:40:40')], [read('2017-02-08 12:10'), utc('2017-02-08T12:10:00')], [read('2017-07-08T12:10 Europe/Berlin'), utc('2017-07-08T10:10:00')],
    [read('06-15-2018', { format: '%m-%d-%Y' }), utc('2018-06-15T00:00:00')], [read('15 Jun 2018 4:05', { format: '%d %b %Y %H:%M' }), utc('2018-06-15T04:05:00')], [read('2018 June 15', { format: '%Y %B %d' }), utc('2018-06-15T00:00:00')], [read('2018-24-5', { format: '%G-%V-%u' }), utc('2018-06-15T00:00:00')],
    [read('2018-166', { format: '%Y-%j' }), utc('2018-06-15T00:00:00')], [read('12.30 +0200 2018-01-01', { format: '%H.%M %z %Y-%m-%d' }), utc('2018-01-01T10:30:00')],
    [read('x'), refusedWith(241)], [read('2017-02-30'), refusedWith(241)], [read('2017-02-08T25:00:00'), refusedWith(241)], [read('2017-02-08T12:10:40Z', { timezone: 'UTC' }), refusedWith(241)], [read(5), refusedWith(241)],
    [read('x', { onError: 'bad' }), 'bad'], [read(null, { onNull: 'none' }), 'none'], [read(null), null], [read('1', { format: '%Q' }), refusedWith(40685)], [read('1', { format: 1 }), refusedWith(40684)], [{ $dateFromString: {} }, refusedWith(40542)],
  ];
  wire.expressions({}, cases);
});

describe('https://www.mongodb.com/docs/manual/reference/operator/aggregation/dateFromParts/', () => {
  wire.expressions({ at: utc('2017-01-01T01:29:09.123'), none: null }, [
    [{ $dateFromParts: { year: 2017, month: 2, day: 8, hour: 12 } }, utc('2017-02-08T12:00:00')], [{ $dateFromParts: { isoWeekYear: 2017, isoWeek: 6, isoDayOfWeek: 3, hour: 12 } }, utc('2017-02-08T12:00:00')],
    [{ $dateFromParts: { year: 2016, month: 12, day: 31, hour: 23, minute: 46, second: 12, timezone: 'America/New_York' } }, utc('2017-01-01T04:46:12')], [{ $dateFromParts: { year: 2017, month: 14, day: 1 } }, utc('2018-02-01T00:00:00')], [{ $dateFromParts: { year: 2017, month: 0, day: 0 } }, utc('2016-11-30T00:00:00')],
    [{ $dateFromParts: { year: 2017, month: '$none' } }, null], [{ $dateFromParts: { year: 'x' } }, refusedWith(40515)], [{ $dateFromParts: { month: 2 } }, refusedWith(40516)], [{ $dateFromParts: { year: 2017, isoWeek: 2 } }, refusedWith(40489)], [{ $dateFromParts: { year: 10000 } }, refusedWith(40523)],
    [{ $dateToParts: { date: '$at' } }, { year: 2017, month: 1, day: 1, hour: 1, minute: 29, second: 9, millisecond: 123 }], [{ $dateToParts: { date: '$at', timezone: 'America/New_York', iso8601: true } }, { isoWeekYear: 2016, isoWeek: 52, isoDayOfWeek: 6, hour: 20, minute: 29, second: 9, millisecond: 123 }],
    [{ $dateToParts: { date: '$none' } }, null], [{ $dateToParts: { date: '$at', iso8601: 1 } }, refusedWith(40521)], [{ $dateToParts: {} }, refusedWith(40522)],
  ]);
});
