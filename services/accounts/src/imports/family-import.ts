import { Injectable } from '@nestjs/common';
import { Email, type Ctx, type ImportReport, type ImportRow } from '@matricula/contracts';
import { localDateAt, normalisedName, Rejection } from '@matricula/kernel';
import { derivedId, type Stored } from '@matricula/platform';
import { AccountOpening } from '../accounts/account-opening.js';
import { AccountStore } from '../accounts/account.store.js';
import { PersonStore } from '../accounts/person.store.js';
import type { AccountState } from '../domain/account.js';
import { emailOf, failed, readFamilies, warned } from '../domain/family-file.js';
import type { FamilyPlan, ReadRow } from '../domain/family-row.js';
import { untouched } from '../domain/known-family.js';
import type { PersonState } from '../domain/person.js';
import { ProviderStore } from '../providers/provider.store.js';
import { readCsv } from './csv.adapter.js';

const atOnce = 16;

/** What is there already, read once for the whole file. */
interface Known {
  readonly byCode: ReadonlyMap<string, Stored<AccountState>>;
  readonly byExternalId: ReadonlyMap<string, Stored<AccountState>>;
  readonly people: ReadonlyMap<string, PersonState>;
  /** E-mail address → accounts of the people who use it. */
  readonly emailAccounts: ReadonlyMap<string, readonly string[]>;
}

/** Loads families from a file; good rows load, bad rows are reported, and the same file again changes nothing. */
@Injectable()
export class FamilyImport {
  constructor(
    private readonly accounts: AccountStore,
    private readonly people: PersonStore,
    private readonly providers: ProviderStore,
    private readonly opening: AccountOpening,
  ) {}

  async load(ctx: Ctx, csv: string): Promise<ImportReport> {
    const { state: provider } = await this.providers.own(ctx);
    const [header, ...records] = await readCsv(csv);
    const read = readFamilies(header?.cells ?? [], records, { today: localDateAt(ctx.now, provider.timeZone), isEmail: (text) => Email.safeParse(text).success });
    const known = await this.known(ctx, read);
    const rows: ImportRow[] = [];
    for (let at = 0; at < read.length; at += atOnce) {
      rows.push(...(await Promise.all(read.slice(at, at + atOnce).map((row) => this.loadRow(ctx, row, known, provider.currency)))));
    }
    const count = (action: ImportRow['action']): number => rows.filter((row) => row.action === action).length;
    return { rows, totals: { rows: rows.length, created: count('create'), unchanged: count('unchanged'), failed: count('error') } };
  }

  private async known(ctx: Ctx, rows: readonly ReadRow[]): Promise<Known> {
    const plans = rows.flatMap((row) => row.plan ?? []);
    const emails = rows.flatMap((row) => emailOf(row) ?? []);
    const [accounts, externals, emailUsers] = await Promise.all([
      this.accounts.withCodes(ctx, plans.map((p) => p.code)),
      this.accounts.withExternalIds(ctx, plans.flatMap((p) => p.externalId ?? [])),
      this.people.withEmails(ctx, emails),
    ]);
    const people = await this.people.withIds(ctx, accounts.flatMap((a) => a.state.members.map((m) => m.personId)));
    const users = Map.groupBy(emailUsers, (person) => person.state.emailKey ?? '');
    return {
      byCode: new Map(accounts.map((a) => [a.state.codeKey, a])),
      byExternalId: new Map(externals.map((a) => [a.state.externalId ?? '', a])),
      people: new Map(people.map((p) => [p.id, p.state])),
      emailAccounts: new Map([...users].map(([email, persons]) => [email, persons.flatMap((p) => p.state.memberships)])),
    };
  }

  private async loadRow(ctx: Ctx, row: ReadRow, known: Known, currency: string): Promise<ImportRow> {
    const { plan } = row;
    if (!plan) return reported(row, 'error', null);
    const there = known.byCode.get(normalisedName(plan.code));
    if (there) return unchanged(row, there, plan, known);
    const holder = plan.externalId === undefined ? undefined : known.byExternalId.get(plan.externalId);
    if (holder) return reported(failed(row, { column: 'External ID', code: 'external-id.taken', detail: `Account ${holder.state.code} has this External ID.` }), 'error', null);
    const accountId = derivedId('acc', ctx.tenantId, 'import', normalisedName(plan.code));
    const checked = withKnownEmail(row, known, accountId);
    try {
      const { account, opened } = await this.opening.open(ctx, accountId, { ...plan, kind: 'family', currency });
      return reported(checked, opened ? 'create' : 'unchanged', account.id);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return this.refused(ctx, checked, plan, error);
    }
  }

  /** Somebody opened the account between our reading and writing, or a rule of accounts says no. */
  private async refused(ctx: Ctx, row: ReadRow, plan: FamilyPlan, error: Rejection): Promise<ImportRow> {
    const [there] = error.code === 'accounts.code-taken' ? await this.accounts.withCodes(ctx, [plan.code]) : [];
    if (there) return reported(row, 'unchanged', there.id);
    const column = error.code === 'accounts.external-id-taken' ? 'External ID' : '';
    return reported(failed(row, { column, code: error.code, detail: 'The row breaks a rule of accounts; nothing of it was loaded.' }), 'error', null);
  }
}

function unchanged(row: ReadRow, there: Stored<AccountState>, plan: FamilyPlan, known: Known): ImportRow {
  const people = there.state.members.flatMap(({ personId, role }) => {
    const details = known.people.get(personId);
    return details ? [{ role, details }] : [];
  });
  const columns = untouched(plan, there.state, people);
  const remarks = columns.map((column) => ({ column, code: 'account.differs', detail: 'The account is there already with another value; an import never overwrites.' }));
  return reported(remarks.reduce(warned, withKnownEmail(row, known, there.id)), 'unchanged', there.id);
}

/** One address in two families is one login with two accounts: allowed, but said. */
function withKnownEmail(row: ReadRow, known: Known, accountId: string): ReadRow {
  const email = emailOf(row);
  const elsewhere = email !== undefined && (known.emailAccounts.get(normalisedName(email)) ?? []).some((id) => id !== accountId);
  if (!elsewhere || row.warnings.some((w) => w.code === 'email.shared')) return row;
  return warned(row, { column: 'Primary Email', code: 'email.shared', detail: 'Another account has this address; it will be one login for these families.' });
}

function reported(row: ReadRow, action: ImportRow['action'], id: string | null): ImportRow {
  return { line: row.line, key: row.key, action, id, errors: [...row.errors], warnings: [...row.warnings] };
}
