import { z } from 'zod';
import { Id, Name, page, paging } from './fields.js';
import { query } from './kit.js';

export const EmployeeRole = z.enum(['employee', 'manager']);
const wanted = { accountId: Id, q: Name.optional().meta({ description: 'The beginning of a name, an e-mail address or a phone number' }), role: EmployeeRole.optional() };

export const Employee = z.object({ id: Id, role: EmployeeRole, firstName: Name, lastName: Name, email: z.string().nullable(), phone: z.string().nullable() }).meta({ id: 'Employee' });
export const ListEmployees = query('accounts.listEmployees', {
  summary: 'Employees and managers of an account by last name (ID-33)',
  request: z.strictObject({ ...wanted, ...paging }),
  reply: page(Employee),
  access: { who: 'user', may: 'accounts.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});
export const ExportEmployees = query('accounts.exportEmployees', {
  summary: 'The same as a CSV file: every match; cells that a spreadsheet would run are made harmless (ID-33)',
  request: z.strictObject(wanted),
  reply: z.object({ csv: z.string() }),
  access: { who: 'user', may: 'accounts.read', account: 'accountId' },
  rejects: ['resource.not-found'],
});
