/** One offending field: a JSON pointer (RFC 6901) into what was sent, and what is wrong with it. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

export type RejectionDetails = Readonly<Record<string, unknown>> & { readonly errors?: readonly FieldError[] };

/**
 * "This should not have been sent": a refusal by a rule of the business. `code` is a stable claim
 * (`billing.account-closed`) listed in contracts/problems.ts, which gives it a status and a sentence for people;
 * `details` are facts the caller may see. Nothing has happened when it is thrown.
 */
export class Rejection extends Error {
  constructor(
    readonly code: string,
    readonly details: RejectionDetails = {},
  ) {
    super(code);
    this.name = 'Rejection';
  }
}
