/** What a refusal says to its caller: HTTP status, a title, and a sentence that says what to do; `{name}` is filled from the refusal's details. */
export interface ProblemText {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

export const problem = (status: number, title: string, detail: string): ProblemText => ({ status, title, detail });
