import { problem } from './problem-text.js';

/** Refusals of custom fields and Configure Forms. */
export const formProblems = {
  'field.name-taken': problem(409, 'This machine name is in use', 'Choose another machine name; archived fields keep theirs.'),
  'field.limit': problem(409, 'Too many custom fields', 'A provider has at most {max} custom fields, archived ones included.'),
  'form.field-unknown': problem(422, 'This record has no such field', 'Choose a field of {entity} records, or define the custom field first; {field} is none.'),
} as const;
