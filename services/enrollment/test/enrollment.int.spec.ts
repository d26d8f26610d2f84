import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Enrol, GetClass, GetEnrolment, ImportProgrammes, ListClasses, ListEnrolments, type CatalogueClass } from '@matricula/contracts';
import type { RunningService } from '@matricula/platform';
import { newKey, poll, publishedEvents } from '@matricula/testing';
import { importRules, primaryGuardian, publishedFile, race, today, World } from './fixtures.js';

let world: World;
let service: RunningService;
beforeAll(async () => {
  ({ world, service } = await World.open());
}, 60_000);
afterAll(async () => {
  await service?.close();
  await world?.close();
});
beforeEach(() => {
  world.clock.moveTo(today);
  world.billing.mood = 'posts';
  world.billing.comeBack();
});

const eventsOf = async (type: string, subject: string) => (await publishedEvents(world.test, type)).filter((e) => e.subject === subject);

describe('the catalogue', () => {
  it('the published file of the City of Toronto loads, and loading it again changes nothing', async () => {
    const first = await world.call(ImportProgrammes, { csv: publishedFile, rules: importRules }, { tenantId: 'toronto' });
    expect(first.totals).toEqual({ rows: 54, created: 54, unchanged: 0, failed: 0 });
    expect(first.rows.flatMap((r) => [...r.errors, ...r.warnings])).toEqual([]);
    const again = await world.call(ImportProgrammes, { csv: publishedFile, rules: importRules }, { tenantId: 'toronto' });
    expect(again.totals).toEqual({ rows: 54, created: 0, unchanged: 54, failed: 0 });
    expect(again.rows.map((r) => r.id)).toEqual(first.rows.map((r) => r.id));
    const camp = first.rows.find((r) => r.key === '151582');
    const loaded = await world.call(GetClass, { classId: camp?.id ?? '' }, { tenantId: 'toronto' });
    expect(loaded).toMatchObject({ title: 'CampTO Explore - Child', locationName: 'Amesbury Sports Complex', weekdays: [1, 2, 4, 5], startsAt: '09:00', endsAt: '16:00', firstDate: '2026-09-07', lastDate: '2026-09-11', sessions: 4, minAgeMonths: 72, maxAgeMonths: 144, fee: { amount: 5_000, currency: 'CAD' }, capacity: 12, openPlaces: 12 });
    expect(loaded.schedule.map((s) => s.date)).toEqual(['2026-09-07', '2026-09-08', '2026-09-10', '2026-09-11']);
  });
  it('rules that differ leave a loaded class as it is and say so', async () => {
    const changed = await world.call(ImportProgrammes, { csv: publishedFile, rules: { ...importRules, capacity: 30 } }, { tenantId: 'toronto' });
    expect(changed.totals).toMatchObject({ unchanged: 54 });
    expect(changed.rows[0]?.warnings).toMatchObject([{ column: 'Course_ID', code: 'class.differs' }]);
  });
  it('bad rows are reported with line, column and code, and lose no good ones', async () => {
    const [header = '', ...lines] = publishedFile.trimEnd().split('\n');
    const [a = '', b = '', c = '', d = '', e = ''] = lines;
    const csv = [header, a, b.replace('Apr-13-2026', 'Apr-31-2026').replace(',11,30,', ',x,30,'), '129999,7', c.replace(',,Arts', ',"Broken name,Arts'), d, a, '', e.replace(',7,,', ',8,,')].join('\n');
    const { rows, totals } = await world.call(ImportProgrammes, { csv, rules: importRules }, { tenantId: 'untidy' });
    expect(totals).toEqual({ rows: 7, created: 3, unchanged: 0, failed: 4 });
    expect(rows.map((r) => [r.line, r.action, r.errors.map((x) => `${x.column}:${x.code}`), r.warnings.map((x) => x.code)])).toEqual([
      [2, 'create', [], []],
      [3, 'error', ['Start Hour:field.not-a-number', 'From To:field.not-a-date'], []],
      [4, 'error', [':row.column-count'], []],
      [5, 'error', [':row.quotes'], []],
      [6, 'create', [], []],
      [7, 'error', ['Course_ID:class.code-repeated'], []],
      [9, 'create', [], ['location.name-missing']],
    ]);
    await expect(world.call(ImportProgrammes, { csv: 'a,b\n1,2\n', rules: importRules })).rejects.toMatchObject({ code: 'import.not-csv', details: { missing: expect.stringContaining('Course_ID') } });
  });
  it('classes are listed by title, page by page, and by location', async () => {
    const titles: string[] = [];
    let cursor: string | undefined;
    do {
      const page: { items: CatalogueClass[]; next: string | null } = await world.call(ListClasses, { limit: 20, ...(cursor === undefined ? {} : { cursor }) }, { tenantId: 'toronto' });
      titles.push(...page.items.map((i) => i.title));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect(titles).toHaveLength(54);
    expect(titles).toEqual(titles.toSorted((x, y) => (x < y ? -1 : x > y ? 1 : 0)));
    expect((await world.call(ListClasses, { locationId: '9' }, { tenantId: 'toronto' })).items.map((i) => i.locationName)).toEqual(['Eglinton Flats']);
  });
  it('a class without dates, with a doubled code or reversed times is refused; the same again is the same', async () => {
    await expect(world.class({ firstDate: '2026-09-09', lastDate: '2026-09-10' })).rejects.toMatchObject({ code: 'class.not-open' });
    await expect(world.class({ startsAt: '18:00', endsAt: '17:00' })).rejects.toMatchObject({ code: 'request.invalid' });
    const made = await world.class({ code: 'twice', title: 'Twice' });
    expect(await world.class({ code: 'twice', title: 'Twice' })).toEqual(made);
    await expect(world.class({ code: 'twice', title: 'Another' })).rejects.toMatchObject({ code: 'class.code-taken' });
  });
});

describe('EN-25 what is required', () => {
  it('everything unmet is said at once, and nothing is stored', async () => {
    const age = { minAgeMonths: 72, maxAgeMonths: 144 };
    const taken = await world.class({ title: 'Drawing', startsAt: '16:30', endsAt: '17:30' });
    const wanted = await world.class(age);
    const who = world.learner({ birthDate: null });
    await world.enrol(who, taken.id);
    world.accounts.learners.set(who.learnerId, { accountId: who.accountId, birthDate: null, accountStatus: 'disabled' });
    await expect(world.enrol(who, wanted.id)).rejects.toMatchObject({
      code: 'enrollment.requirements-unmet',
      details: { requirements: [{ type: 'account', code: 'account.disabled' }, { type: 'profile', code: 'learner.birth-date-missing' }, { type: 'schedule', code: 'learner.schedule-clash', detail: expect.stringContaining('Drawing') }] },
    });
    expect((await world.call(ListEnrolments, { accountId: who.accountId })).items).toHaveLength(1);
    expect(await world.openPlaces(wanted.id)).toBe(5);
  });
  it('age counts in months on the first date, both limits included', async () => {
    const { id } = await world.class({ minAgeMonths: 72, maxAgeMonths: 72 });
    const born = (birthDate: string) => world.enrol(world.learner({ birthDate }), id);
    await expect(born('2020-09-09')).rejects.toMatchObject({ details: { requirements: [{ code: 'learner.too-young' }] } });
    expect((await born('2020-09-08')).state).toBe('confirmed');
    expect((await born('2020-08-09')).state).toBe('confirmed');
    await expect(born('2020-08-08')).rejects.toMatchObject({ details: { requirements: [{ code: 'learner.too-old' }] } });
  });
  it("a class that has ended takes nobody; another family's child is nobody of this one; an unknown class is 404", async () => {
    const { id } = await world.class();
    const who = world.learner();
    await expect(world.enrol({ ...who, accountId: world.learner().accountId }, id)).rejects.toMatchObject({ details: { requirements: [{ type: 'profile', code: 'learner.not-in-account' }] } });
    await expect(world.enrol(who, 'cls_none')).rejects.toMatchObject({ code: 'resource.not-found' });
    world.clock.moveTo('2026-10-27T21:59:00.000Z');
    expect((await world.enrol(who, id)).dates).toEqual([]);
    world.clock.moveTo('2026-10-27T22:00:00.000Z');
    await expect(world.enrol(world.learner(), id)).rejects.toMatchObject({ details: { requirements: [{ type: 'schedule', code: 'class.not-open' }] } });
  });
  it('accounts being down refuses with nothing stored', async () => {
    const { id } = await world.class();
    const who = world.learner();
    world.accounts.pause();
    await expect(world.enrol(who, id)).rejects.toMatchObject({ code: 'service.unavailable', details: { service: 'accounts' } });
    world.accounts.answerAgain();
    expect((await world.call(ListEnrolments, { accountId: who.accountId })).items).toEqual([]);
  });
});

describe('EN-02 enrolments', () => {
  it('an enrolment is seated, charged and confirmed, and the world hears of it', async () => {
    const { id: classId } = await world.class();
    const who = world.learner();
    const enrolment = await world.enrol(who, classId);
    expect(enrolment).toMatchObject({ ...who, classId, state: 'confirmed', fee: { amount: 10_000, currency: 'CAD' }, chargeId: expect.stringMatching(/^chg_/), declineReason: null });
    expect(world.billing.posted.get(enrolment.chargeId ?? '')).toBe(1);
    expect(await world.openPlaces(classId)).toBe(4);
    const [confirmed] = await poll('the event', async () => {
      const events = await eventsOf('enrollment.enrollment.confirmed.v1', enrolment.id);
      return events.length > 0 ? events : undefined;
    });
    expect(confirmed?.data).toMatchObject({ enrolmentId: enrolment.id, ...who, classId, chargeId: enrolment.chargeId, actor: { type: 'user', id: 'usr_staff' } });
    expect(await eventsOf('enrollment.enrollment.requested.v1', enrolment.id)).toHaveLength(1);
  });
  it('a family sees its own, newest first; another family sees nothing', async () => {
    const who = world.learner();
    const made = [];
    for (const n of [1, 2, 3]) {
      world.clock.moveBy(1_000);
      made.push(await world.enrol(who, (await world.slot(n)).id));
    }
    const actor = primaryGuardian(who.accountId);
    expect((await world.call(ListEnrolments, { accountId: who.accountId }, { actor })).items.map((e) => e.id)).toEqual(made.map((e) => e.id).toReversed());
    const stranger = primaryGuardian('acc_999999');
    await expect(world.call(ListEnrolments, { accountId: who.accountId }, { actor: stranger })).rejects.toMatchObject({ code: 'resource.not-found' });
    await expect(world.call(GetEnrolment, { accountId: 'acc_999999', enrolmentId: made[0]?.id ?? '' }, { actor: stranger })).rejects.toMatchObject({ code: 'resource.not-found' });
    await expect(world.call(GetEnrolment, { accountId: who.accountId, enrolmentId: made[0]?.id ?? '' }, { tenantId: 'elsewhere' })).rejects.toMatchObject({ code: 'resource.not-found' });
  });
  it('one active enrolment per learner and class; full is full', async () => {
    const { id } = await world.class({ capacity: 1 });
    const who = world.learner();
    await world.enrol(who, id);
    await expect(world.enrol(who, id)).rejects.toMatchObject({ code: 'enrollment.already-enrolled' });
    await expect(world.enrol(world.learner(), id)).rejects.toMatchObject({ code: 'class.full', details: { capacity: 1 } });
  });
  it('the same idempotency key is the same enrolment; with another class it is refused', async () => {
    const [a, b] = [await world.class(), await world.slot(2)];
    const who = world.learner();
    const key = newKey();
    const first = await world.enrol(who, a.id, key);
    expect(await world.enrol(who, a.id, key)).toEqual(first);
    await expect(world.enrol(who, b.id, key)).rejects.toMatchObject({ code: 'idempotency.key-reused' });
    await expect(world.call(Enrol, { ...who, classId: b.id }, { idempotencyKey: undefined })).rejects.toMatchObject({ code: 'idempotency.key-missing' });
  });
});

describe('SG-02 billing fails', () => {
  it('billing down: pending with the seat held, and confirmed and charged once when billing is back', async () => {
    const { id } = await world.class({ capacity: 1 });
    const who = world.learner();
    world.billing.goAway();
    const key = newKey();
    const pending = await world.enrol(who, id, key);
    expect(pending).toMatchObject({ state: 'pending', chargeId: null });
    expect(await world.openPlaces(id)).toBe(0);
    await expect(world.enrol(world.learner(), id)).rejects.toMatchObject({ code: 'class.full' });
    world.billing.comeBack();
    const confirmed = await world.settled(pending);
    expect(confirmed.state).toBe('confirmed');
    expect(world.billing.posted.get(confirmed.chargeId ?? '')).toBe(1);
    expect(await eventsOf('enrollment.enrollment.declined.v1', pending.id)).toEqual([]);
  }, 30_000);
  it('billing posts but does not answer: the seat stays however long it takes, and the charge id is the same', async () => {
    const { id } = await world.class({ capacity: 1 });
    const who = world.learner();
    world.billing.mood = 'posts silently';
    const pending = await world.enrol(who, id);
    expect(pending.state).toBe('pending');
    world.clock.moveBy(3 * 3_600_000);
    await expect(world.enrol(world.learner(), id)).rejects.toMatchObject({ code: 'class.full' });
    const before = world.billing.posted.size;
    world.billing.mood = 'posts';
    const confirmed = await world.settled(pending);
    expect(confirmed.state).toBe('confirmed');
    expect(world.billing.posted.get(confirmed.chargeId ?? '')).toBeGreaterThanOrEqual(2);
    expect(world.billing.posted.size).toBe(before);
  }, 30_000);
  it('billing in trouble says nothing about the charge: pending, then confirmed', async () => {
    const { id } = await world.class();
    const who = world.learner();
    world.billing.mood = 'in trouble';
    const pending = await world.enrol(who, id);
    expect(pending.state).toBe('pending');
    world.billing.mood = 'posts';
    expect((await world.settled(pending)).state).toBe('confirmed');
  }, 30_000);
  it('billing refuses: declined, nothing posted, the seat is free and the learner may try again', async () => {
    const { id } = await world.class({ capacity: 1 });
    const who = world.learner();
    world.billing.mood = 'refuses';
    const declined = await world.enrol(who, id);
    expect(declined).toMatchObject({ state: 'declined', declineReason: 'billing.too-many-open-items', chargeId: null });
    expect(await world.openPlaces(id)).toBe(1);
    await poll('the event', async () => ((await eventsOf('enrollment.enrollment.declined.v1', declined.id)).length === 1 ? true : undefined));
    world.billing.mood = 'posts';
    expect((await world.enrol(who, id)).state).toBe('confirmed');
  });
  it('twenty pending at once are finished when billing is back, each charged once', async () => {
    const { id } = await world.class({ capacity: 20 });
    const posted = new Set(world.billing.posted.keys());
    world.billing.goAway();
    const { won } = await race(Array.from({ length: 20 }, () => () => world.enrol(world.learner(), id)));
    expect(won.map((e) => e.state)).toEqual(Array.from({ length: 20 }, () => 'pending'));
    world.billing.comeBack();
    const ends = await Promise.all(won.map((e) => world.settled(e)));
    expect(ends.every((e) => e.state === 'confirmed')).toBe(true);
    const fresh = [...world.billing.posted].filter(([chargeId]) => !posted.has(chargeId));
    expect(fresh.map(([, times]) => times)).toEqual(Array.from({ length: 20 }, () => 1));
  }, 40_000);
});
