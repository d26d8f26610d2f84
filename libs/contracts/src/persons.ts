import { z } from 'zod';
import { AccountKind, AccountRole, AccountStatus } from './access.js';
import { Person, personFields } from './accounts.js';
import { Id, Name, page, paging } from './fields.js';
import { command, query } from './kit.js';

export const CreatePerson = command('accounts.createPerson', {
  summary: 'Note somebody who belongs to no account: they become a guest, with a guest account of their own (ID-27, ID-38)',
  request: z.strictObject({ role: AccountRole.default('independent').meta({ description: 'A child needs a family: add learners to an account' }), ...personFields }),
  reply: Person,
  access: { who: 'user', may: 'accounts.write' },
  rejects: ['accounts.child-needs-family', 'accounts.kind-forbids-role'],
});

export const FoundPerson = z
  .object({
    id: Id,
    displayName: z.string(),
    firstName: z.string(),
    lastName: z.string(),
    accounts: z.array(z.object({ accountId: Id, code: z.string(), name: z.string(), kind: AccountKind, status: AccountStatus, role: AccountRole })),
    email: z.string().optional().meta({ description: 'For staff only' }),
    phone: z.string().optional().meta({ description: 'For staff only' }),
  })
  .meta({ id: 'FoundPerson' });
export type FoundPerson = z.infer<typeof FoundPerson>;
export const SearchPersons = query('accounts.searchPersons', {
  summary: 'People by the beginning of a first, last or full name, an e-mail address or a phone number; without q all by last name. A page may be shorter than its limit (ID-39)',
  request: z.strictObject({ q: Name.optional(), ...paging }),
  reply: page(FoundPerson),
  access: { who: 'user', may: 'people.search', account: 'loaded' },
});
