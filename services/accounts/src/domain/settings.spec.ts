import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { changeSettings, decided, placeId, settingsAggregate, type Layer, type Registry, type SettingPlace } from './settings.js';

const levels = ['provider', 'location', 'group', 'account'] as const;
const registry = {
  page: { role: 'permission', value: 'boolean', default: true, levels },
  excuse: { role: 'preference', value: 'boolean', default: false, levels },
  notice: { role: 'threshold', value: 'integer', default: 0, levels },
  balance: { role: 'preference', value: 'choice', choices: ['hidden', 'current'], default: 'current', levels },
  first: { role: 'preference', value: 'ids', default: [], levels: ['provider'] },
} as const satisfies Registry;
const provider: SettingPlace = { level: 'provider' };
const group: SettingPlace = { level: 'group', groupId: 'grp_1' };
const layer = (level: Layer['level'], values: Layer['values']): Layer => ({ level, values });

describe('the value in force', () => {
  it('is the default until somebody sets it', () => {
    expect(decided(registry.page, 'page', [])).toEqual({ value: true, source: 'default' });
  });
  it('of a permission is what the provider says; narrower places only switch it off', () => {
    const off = layer('provider', { page: false });
    const on = layer('provider', { page: true });
    expect(decided(registry.page, 'page', [off, layer('group', { page: true })])).toEqual({ value: false, source: 'provider' });
    expect(decided(registry.page, 'page', [on, layer('group', { page: false }), layer('account', { page: true })])).toEqual({ value: false, source: 'group' });
    expect(decided(registry.page, 'page', [on, layer('group', { page: true })])).toEqual({ value: true, source: 'provider' });
  });
  it('of a preference or threshold is the nearest one', () => {
    const layers = [layer('provider', { excuse: true, notice: 4 }), layer('group', { notice: 12 }), layer('account', { excuse: false })];
    expect(decided(registry.excuse, 'excuse', layers)).toEqual({ value: false, source: 'account' });
    expect(decided(registry.notice, 'notice', layers)).toEqual({ value: 12, source: 'group' });
  });
});

describe('setting', () => {
  it('keeps what differs, and null takes it away', () => {
    const set = { type: 'SettingsChanged' as const, place: provider, values: { page: false, notice: 2 }, reason: 'summer' };
    given(settingsAggregate).when((s) => changeSettings(s, registry, { place: provider, values: { page: false, notice: 2 }, reason: 'summer', above: [] })).then(set);
    given(settingsAggregate, set).when((s) => changeSettings(s, registry, { place: provider, values: { page: false }, above: [] })).thenNothing();
    const after = given(settingsAggregate, set).when((s) => changeSettings(s, registry, { place: provider, values: { page: null }, above: [] })).state();
    expect(after.values).toEqual({ notice: 2 });
  });
  it('refuses unknown settings, wrong values and wrong levels, each with its place', () => {
    const { errors } = given(settingsAggregate)
      .when((s) => changeSettings(s, registry, { place: group, values: { nothing: true, page: 1, notice: -1, balance: 'all', first: ['grp_2'] }, above: [] }))
      .thenRejected('request.invalid');
    expect(errors).toMatchObject([
      { pointer: '/values/nothing', code: 'setting.unknown' },
      { pointer: '/values/page', code: 'setting.value' },
      { pointer: '/values/notice', code: 'setting.value' },
      { pointer: '/values/balance', code: 'setting.value' },
      { pointer: '/values/first', code: 'setting.level' },
    ]);
  });
  it('refuses to widen a permission that is off above, and lets a preference differ', () => {
    const above = [layer('provider', { page: false })];
    given(settingsAggregate).when((s) => changeSettings(s, registry, { place: group, values: { page: true }, above })).thenRejected('setting.only-narrows');
    given(settingsAggregate).when((s) => changeSettings(s, registry, { place: group, values: { excuse: true }, above })).thenTypes('SettingsChanged');
  });
  it('every place has an id of its own', () => {
    const places: SettingPlace[] = [provider, group, { level: 'location', locationId: 'pier' }, { level: 'account', accountId: 'acc_1' }, { level: 'person', accountId: 'acc_1', personId: 'per_1' }];
    expect(places.map(placeId)).toEqual(['set.provider', 'set.group.grp_1', 'set.location.pier', 'set.account.acc_1', 'set.person.acc_1.per_1']);
  });
});
