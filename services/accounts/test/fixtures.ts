import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateAccount, OpenProvider, Person, type AccountInFull, type CallContext, type Provider, type RequestInputOf, type ShownPerson } from '@matricula/contracts';
import { callContext, newKey, operatorActor, type TestBus } from '@matricula/testing';

let tenants = 0;

/** A provider of its own for one test; returns a maker of contexts for its staff. */
export async function newTenant(test: TestBus): Promise<{ readonly provider: Provider; readonly as: (over?: Partial<CallContext>) => CallContext }> {
  const tenantId = `harbour-${(tenants += 1)}`;
  const as = (over: Partial<CallContext> = {}): CallContext => callContext({ tenantId, ...over });
  const provider = await test.rpc.call(OpenProvider, as({ actor: operatorActor }), harbour);
  return { provider, as };
}

export const harbour = { name: 'Harbour Arts & Sports', currency: 'CAD', timeZone: 'America/Toronto', locations: [{ id: 'pier', name: 'Pier 7' }, { id: 'mill', name: 'The Mill' }] };

export const okafor = {
  kind: 'family' as const,
  name: 'Okafor Family',
  people: [
    { role: 'primary_guardian' as const, firstName: 'Ngozi', lastName: 'Okafor', email: 'Ngozi@example.org', phone: '(416) 655-0134' },
    { role: 'learner' as const, firstName: 'Ada', lastName: 'Okafor', birthDate: '2018-03-01' },
    { role: 'learner' as const, firstName: 'Chidi', lastName: 'Okafor', birthDate: '2020-11-14' },
  ],
};

export const create = (test: TestBus, ctx: CallContext, body: RequestInputOf<typeof CreateAccount> = okafor): Promise<AccountInFull> => test.rpc.call(CreateAccount, { idempotencyKey: newKey(), ...ctx }, body);

export const familiesCsv = (): Promise<string> => readFile(join(__dirname, '../../../examples/families.csv'), 'utf8');

/** A person of whom everything was shown; throws when it was not. */
export const inFull = (person: ShownPerson): Person => Person.parse(person);
