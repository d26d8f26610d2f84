import { Rejection, type Aggregate, type FieldError } from '@matricula/kernel';

export type SettingLevel = 'provider' | 'location' | 'group' | 'account' | 'person';
export type SettingValue = boolean | number | string | readonly string[];

/** What the registry says of a setting. */
export interface SettingRule {
  readonly role: 'permission' | 'preference' | 'threshold';
  readonly value: 'boolean' | 'integer' | 'choice' | 'ids';
  readonly default: SettingValue;
  readonly choices?: readonly string[];
  readonly levels: readonly SettingLevel[];
}
export type Registry = Readonly<Record<string, SettingRule>>;

/** Where settings are set: the ids say which location, group, account, person. */
export interface SettingPlace {
  readonly level: SettingLevel;
  readonly locationId?: string | undefined;
  readonly groupId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly personId?: string | undefined;
}

/** What is set at one place; what is absent is as the wider places have it. */
export interface SettingsState {
  readonly place: SettingPlace;
  readonly values: Readonly<Record<string, SettingValue>>;
}
export interface SettingsChangedFact {
  readonly type: 'SettingsChanged';
  readonly place: SettingPlace;
  /** null takes a value away. */
  readonly values: Readonly<Record<string, SettingValue | null>>;
  readonly reason?: string | undefined;
}

export const settingsAggregate: Aggregate<SettingsState, SettingsChangedFact> = {
  name: 'settings',
  evolve: (state, { place, values }) => ({ place, values: Object.fromEntries(Object.entries({ ...state?.values, ...values }).filter((entry): entry is [string, SettingValue] => entry[1] !== null)) }),
};

/** The id under which a place's settings are kept. */
export function placeId({ level, locationId, groupId, accountId, personId }: SettingPlace): string {
  return ['set', level, locationId ?? groupId ?? accountId, personId].filter((part) => part !== undefined).join('.');
}

/** One layer of what decides, and the level it is of. */
export interface Layer {
  readonly level: SettingLevel;
  readonly values: Readonly<Record<string, SettingValue>>;
}
export interface Decided {
  readonly value: SettingValue;
  readonly source: SettingLevel | 'default';
}

/**
 * The value in force below these layers, widest first. The provider decides; below it a permission may only be
 * switched off, a preference or threshold is the nearest one's.
 */
export function decided(rule: SettingRule, id: string, layers: readonly Layer[]): Decided {
  let now: Decided = { value: rule.default, source: 'default' };
  for (const { level, values } of layers) {
    const value = values[id];
    if (value === undefined || (narrows(rule, level) && value !== false)) continue;
    if (narrows(rule, level) && now.value === false) continue;
    now = { value, source: level };
  }
  return now;
}

const narrows = (rule: SettingRule, level: SettingLevel): boolean => rule.role === 'permission' && level !== 'provider';

/** What is asked for a place, and what holds above it. */
export interface SettingChange {
  readonly place: SettingPlace;
  readonly values: Readonly<Record<string, SettingValue | null | undefined>>;
  readonly reason?: string | undefined;
  readonly above: readonly Layer[];
}

/** Sets values at a place; rejects what the registry does not allow there, and a permission that would widen. */
export function changeSettings(state: SettingsState | undefined, registry: Registry, { place, values, reason, above }: SettingChange): readonly SettingsChangedFact[] {
  const asked = Object.entries(values).filter((entry): entry is [string, SettingValue | null] => entry[1] !== undefined);
  const errors = asked.flatMap(([id, value]) => {
    const rule = registry[id];
    return rule ? refusals(rule, id, value, place.level) : [wrong(id, 'setting.unknown', 'There is no such setting.')];
  });
  if (errors.length > 0) throw new Rejection('request.invalid', { errors });
  for (const [id, value] of asked) {
    const rule = registry[id];
    if (value !== true || !rule || !narrows(rule, place.level)) continue;
    const wider = decided(rule, id, above);
    if (wider.value === false) throw new Rejection('setting.only-narrows', { setting: id, source: wider.source === 'default' ? 'provider' : wider.source });
  }
  const changed = asked.filter(([id, value]) => JSON.stringify(state?.values[id] ?? null) !== JSON.stringify(value));
  return changed.length === 0 ? [] : [{ type: 'SettingsChanged', place, values: Object.fromEntries(changed), reason }];
}

const wrong = (id: string, code: string, detail: string): FieldError => ({ pointer: `/values/${id}`, code, detail });

function refusals(rule: SettingRule, id: string, value: SettingValue | null, level: SettingLevel): readonly FieldError[] {
  if (!rule.levels.includes(level)) return [wrong(id, 'setting.level', `This can be set for ${rule.levels.join(', ')}.`)];
  return value === null || fits(rule, value) ? [] : [wrong(id, 'setting.value', expected(rule))];
}

function fits(rule: SettingRule, value: SettingValue): boolean {
  if (rule.value === 'boolean') return typeof value === 'boolean';
  if (rule.value === 'integer') return typeof value === 'number' && value >= 0;
  if (rule.value === 'choice') return typeof value === 'string' && rule.choices?.includes(value) === true;
  return Array.isArray(value);
}

function expected({ value, choices = [] }: SettingRule): string {
  if (value === 'boolean') return 'Send true or false.';
  if (value === 'integer') return 'Send a whole number from 0.';
  return value === 'choice' ? `Send one of ${choices.join(', ')}.` : 'Send a list of ids.';
}
