import { Injectable } from '@nestjs/common';
import { Email, type Ctx, type ImportReport, type ImportRow } from '@matricula/contracts';
import { localDateAt, normalisedName, Rejection } from '@matricula/kernel';
import { derivedId, type Stored } from '@matricula/platform';
import { AccountOpening } from '../accounts/account-opening.js';
import type { AccountState } from '../domain/account.js';
import { emailOf, failed, readFamilies, warned } from '../domain/family-file.js';
import type { FamilyPlan, ReadRow } from '../domain/family-row.js';
import { livingPlace } from '../domain/group-tree.js';
import { untouched } from '../domain/known-family.js';
import { ProviderStore } from '../providers/provider.store.js';
import { readCsv } from './csv.adapter.js';
import { groupIdOf, KnownFamilies, type Known } from './known-families.js';

const atOnce = 16;

/** Loads families from a file; good rows load, bad rows are reported, and the same file again changes nothing. */
@Injectable()
export class FamilyImport {
  constructor(
    private readonly families: KnownFamilies,
    private readonly providers: ProviderStore,
    private readonly opening: AccountOpening,
  ) {}

  async load(ctx: Ctx, csv: string): Promise<ImportReport> {
    const { state: provider } = await this.providers.own(ctx);
    const [header, ...records] = await readCsv(csv);
    const read = readFamilies(header?.cells ?? [], records, { today: localDateAt(ctx.now, provider.timeZone), isEmail: (text) => Email.safeParse(text).success });
    const known = await this.families.known(ctx, read);
    const rows: ImportRow[] = [];
    for (let at = 0; at < read.length; at += atOnce) {
      rows.push(...(await Promise.all(read.slice(at, at + atOnce).map((row) => this.loadRow(ctx, row, known, provider.currency)))));
    }
    const count = (action: ImportRow['action']): number => rows.filter((row) => row.action === action).length;
    return { rows, totals: { rows: rows.length, created: count('create'), unchanged: count('unchanged'), failed: count('error') } };
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
      const { group: _group, ...family } = plan;
      const { account, opened } = await this.opening.open(ctx, accountId, { ...family, mainGroupId: groupIdOf(plan, known), kind: 'family', currency });
      return reported(checked, opened ? 'create' : 'unchanged', account.id);
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      return this.refused(ctx, checked, plan, error);
    }
  }

  /** Somebody opened the account between our reading and writing, or a rule of accounts says no. */
  private async refused(ctx: Ctx, row: ReadRow, plan: FamilyPlan, error: Rejection): Promise<ImportRow> {
    const [there] = error.code === 'accounts.code-taken' ? await this.families.withCode(ctx, plan.code) : [];
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
  const columns = untouched(plan, { ...there.state, mainGroupId: livingPlace(known.groups, there.state).mainGroupId }, people, groupIdOf(plan, known));
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
