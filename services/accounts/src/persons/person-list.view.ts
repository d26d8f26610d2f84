import { Injectable } from '@nestjs/common';
import type { Ctx, FoundPerson, ReplyOf, RequestOf, SearchPersons } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import type { PageRequest, Stored } from '@matricula/platform';
import { AccountStore } from '../accounts/account.store.js';
import { PersonStore } from '../accounts/person.store.js';
import { nameOf } from '../accounts/place.view.js';
import { found, nameKeysOf, searchTerm } from '../domain/search-keys.js';
import type { PersonState } from '../domain/person.js';
import { readsAsOffice } from '../guardians/viewer.js';
import { sees, Sights, type Sight } from '../managers/sight.js';

type Found = ReplyOf<typeof SearchPersons>;

/** `batch`: read at once for who does not see all; `batches`: in one request, so that a manager of few among many does not read them all at once. */
const limits = { batch: 100, batches: 5, offset: 20_000 };

/**
 * People as the caller may find them. Staff find by name, address and number wherever they may look; customers by name
 * among their own accounts, and by contact data only themselves: what they may not read they cannot guess (ID-15, ID-39).
 */
@Injectable()
export class PersonListView {
  constructor(
    private readonly accounts: AccountStore,
    private readonly people: PersonStore,
    private readonly sights: Sights,
  ) {}

  async find(ctx: Ctx, { q, ...request }: RequestOf<typeof SearchPersons>): Promise<Found> {
    const sight = await this.sights.of(ctx, 'people.search');
    const term = q === undefined ? undefined : searchTerm(q);
    if (term === '') return { items: [], next: null, prev: null };
    if (sight !== 'all' && sight.groupIds.length === 0) return this.among(ctx, sight, term, request);
    return term === undefined ? this.everybody(ctx, sight, request) : this.anywhere(ctx, sight, term, request);
  }

  /** By last name; whoever is out of sight is left out, so a page may be short. */
  private async everybody(ctx: Ctx, sight: Sight, request: PageRequest): Promise<Found> {
    const page = await this.people.byName(ctx, {}, request);
    return { ...page, items: await this.shown(ctx, page.items, sight) };
  }

  /** Over the search index, in its order. The cursor counts people looked at, in sight or not. */
  private async anywhere(ctx: Ctx, sight: Sight, term: string, request: PageRequest): Promise<Found> {
    const items: FoundPerson[] = [];
    // whoever sees all needs no more than the page and one to know that there is another
    const size = sight === 'all' ? request.limit + 1 : limits.batch;
    let offset = offsetIn(request.cursor);
    for (let batch = 0; batch < limits.batches && offset < limits.offset; batch += 1) {
      const candidates = await this.people.beginningWith(ctx, term, { offset, limit: size });
      const shown = new Map((await this.shown(ctx, candidates, sight)).map((person) => [person.id, person]));
      for (const { id } of candidates) {
        const person = shown.get(id);
        if (person && items.length === request.limit) return { items, next: cursorAt(offset), prev: null };
        if (person) items.push(person);
        offset += 1;
      }
      if (candidates.length < size) return { items, next: null, prev: null };
    }
    return { items, next: offset < limits.offset ? cursorAt(offset) : null, prev: null };
  }

  /** Among the people of some accounts. */
  private async among(ctx: Ctx, sight: Exclude<Sight, 'all'>, term: string | undefined, request: PageRequest): Promise<Found> {
    const accounts = await this.accounts.withIds(ctx, sight.accountIds);
    const ids = accounts.flatMap((a) => a.state.members.map((m) => m.personId));
    const mayFind = (person: Stored<PersonState>): boolean => term === undefined || found(readsAsOffice(ctx) || isSelf(ctx, person.id) ? person.state.searchKeys : nameKeysOf(person.state), term);
    const people = (await this.people.withIds(ctx, ids)).filter(mayFind).toSorted((a, b) => order(`${a.state.sortName}\n${a.id}`, `${b.state.sortName}\n${b.id}`));
    const offset = offsetIn(request.cursor);
    const items = await this.shown(ctx, people.slice(offset, offset + request.limit), sight);
    return { items, next: people.length > offset + request.limit ? cursorAt(offset + request.limit) : null, prev: null };
  }

  /** With the accounts they have a place in, as far as these are in sight; nobody without. */
  private async shown(ctx: Ctx, people: readonly Stored<PersonState>[], sight: Sight): Promise<FoundPerson[]> {
    const accounts = new Map((await this.accounts.withIds(ctx, [...new Set(people.flatMap((p) => p.state.memberships))])).map((a) => [a.id, a]));
    return people.flatMap((person) => {
      const places = person.state.memberships.flatMap((accountId) => {
        const account = accounts.get(accountId);
        const member = account?.state.members.find((m) => m.personId === person.id);
        if (!account || !member || !sees(sight, accountId, account.state)) return [];
        const { code, name, kind, status } = account.state;
        return [{ accountId, code, name, kind, status, role: member.role }];
      });
      const { firstName, lastName, email, phone } = person.state;
      return places.length === 0 ? [] : [{ id: person.id, displayName: nameOf(person), firstName, lastName, accounts: places, ...(readsAsOffice(ctx) ? { email, phone } : {}) }];
    });
  }
}

const isSelf = ({ actor }: Ctx, personId: string): boolean => actor.type === 'user' && actor.grants.some((g) => g.personId === personId);
const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const cursorAt = (offset: number): string => Buffer.from(`from ${offset}`).toString('base64url');

function offsetIn(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const offset = Number(/^from (\d{1,5})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1] ?? Number.NaN);
  if (Number.isNaN(offset)) throw new Rejection('request.invalid', { errors: [{ pointer: '/cursor', code: 'field.cursor', detail: 'Use a cursor as it was returned, or leave it out for the first page.' }] });
  return offset;
}
