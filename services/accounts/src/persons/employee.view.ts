import { Injectable } from '@nestjs/common';
import type { Ctx, ListEmployees, ReplyOf, RequestOf } from '@matricula/contracts';
import { csvText } from '@matricula/kernel';
import { AccountStore } from '../accounts/account.store.js';
import { PersonStore } from '../accounts/person.store.js';
import { employeesOf, type Role } from '../domain/account.js';
import { searchTerm } from '../domain/search-keys.js';

type Employees = ReplyOf<typeof ListEmployees>;
type Wanted = Pick<RequestOf<typeof ListEmployees>, 'accountId' | 'q' | 'role'>;

/** More than an account holds. */
const everyone = 1_000;

/** Who works for an account or manages it. */
@Injectable()
export class EmployeeView {
  constructor(
    private readonly accounts: AccountStore,
    private readonly people: PersonStore,
  ) {}

  async page(ctx: Ctx, { accountId, q, role, ...request }: RequestOf<typeof ListEmployees>): Promise<Employees> {
    const { state } = await this.accounts.get(ctx, accountId);
    const roles = new Map<string, Role>(employeesOf(state).flatMap((m) => (role === undefined || m.role === role ? [[m.personId, m.role] as const] : [])));
    const page = await this.people.byName(ctx, { among: [...roles.keys()], term: q === undefined ? undefined : searchTerm(q) }, request);
    const items = page.items.map(({ id, state: { firstName, lastName, email, phone } }) => ({
      id, role: roles.get(id) === 'manager' ? ('manager' as const) : ('employee' as const), firstName, lastName, email: email ?? null, phone: phone ?? null,
    }));
    return { ...page, items };
  }

  async csv(ctx: Ctx, wanted: Wanted): Promise<string> {
    const { items } = await this.page(ctx, { ...wanted, limit: everyone });
    return csvText([['Last name', 'First name', 'Role', 'E-mail', 'Phone'], ...items.map((e) => [e.lastName, e.firstName, e.role, e.email ?? '', e.phone ?? ''])]);
  }
}
