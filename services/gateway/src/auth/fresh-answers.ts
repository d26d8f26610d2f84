import { ServiceTimeout, ServiceUnavailable } from '@matricula/platform';

interface Answer<T> {
  readonly value: T;
  readonly askedAt: number;
}

/** An answer serves this long; one that has just been withdrawn elsewhere is believed no longer. */
const freshMs = 1_000;
/** While the service is away, the last answer serves this long; then nobody gets in. */
const staleMs = 5_000;
const maxAnswers = 5_000;

/** What another service says, asked again once a second at most; one question at a time per key, all who wait get its answer. */
export class FreshAnswers<T> {
  private readonly answers = new Map<string, Answer<T>>();
  private readonly asking = new Map<string, Promise<T>>();

  /** `service` is whom to blame when there is no answer: throws ServiceUnavailable. */
  constructor(private readonly service: string) {}

  async get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.answers.get(key);
    if (known && age(known) < freshMs) return known.value;
    const asking = this.asking.get(key) ?? this.ask(key, ask);
    try {
      return await asking;
    } catch (error) {
      if (!(error instanceof ServiceUnavailable || error instanceof ServiceTimeout)) throw error;
      if (known && age(known) < staleMs) return known.value;
      // nothing was begun: also after a time-out the request may simply be repeated
      throw new ServiceUnavailable(this.service);
    }
  }

  private ask(key: string, ask: () => Promise<T>): Promise<T> {
    const askedAt = performance.now();
    const asking = ask()
      .then((value) => {
        this.keep(key, { value, askedAt });
        return value;
      })
      .finally(() => this.asking.delete(key));
    this.asking.set(key, asking);
    return asking;
  }

  private keep(key: string, answer: Answer<T>): void {
    this.answers.delete(key);
    this.answers.set(key, answer);
    const [oldest] = this.answers.keys();
    if (this.answers.size > maxAnswers && oldest !== undefined) this.answers.delete(oldest);
  }
}

const age = ({ askedAt }: Answer<unknown>): number => performance.now() - askedAt;
