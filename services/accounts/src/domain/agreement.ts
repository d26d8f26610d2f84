import { invariant, Rejection, unreachable, type Aggregate, type Instant } from '@matricula/kernel';

export type Audience = 'family' | 'student';
export type Signing = 'once' | 'every_time';

export interface Version {
  /** Names agreement and text: the same text published again has the same id. */
  readonly id: string;
  readonly number: number;
  readonly textHash: string;
  readonly publishedAt: Instant;
}

export interface AgreementTerms {
  readonly title: string;
  readonly audience: Audience;
  readonly signing: Signing;
  /** False: whoever accepted any version is not asked again. */
  readonly resignOnNewVersion: boolean;
}

/** A waiver or policy. Texts are kept beside it and never change; what counts is the last version. */
export interface AgreementState extends AgreementTerms {
  readonly sortTitle: string;
  readonly status: 'in_use' | 'retired';
  readonly versions: readonly Version[];
}

export type AgreementChange = Partial<Pick<AgreementState, 'signing' | 'resignOnNewVersion' | 'status'>>;
export type AgreementFact =
  | ({ readonly type: 'AgreementDrawnUp' } & AgreementTerms)
  | { readonly type: 'VersionPublished'; readonly version: Version }
  | { readonly type: 'AgreementChanged'; readonly changes: AgreementChange };

const maxVersions = 200;
/** What one provider has in use at most: each page of an account's state asks for all of them. */
export const maxAgreements = 50;

export const agreementAggregate: Aggregate<AgreementState, AgreementFact> = {
  name: 'agreement',
  evolve: (state, fact) => {
    if (fact.type === 'AgreementDrawnUp') {
      const { type: _type, ...terms } = fact;
      return { ...terms, sortTitle: terms.title.toLowerCase(), status: 'in_use', versions: [] };
    }
    invariant(state !== undefined, `${fact.type} before AgreementDrawnUp`);
    switch (fact.type) {
      case 'VersionPublished':
        return { ...state, versions: [...state.versions, fact.version] };
      case 'AgreementChanged':
        return { ...state, ...fact.changes };
      default:
        return unreachable(fact);
    }
  },
};

export type Publication = Omit<Version, 'number' | 'publishedAt'>;

/** Draws up an agreement with its first text; one that is there was drawn up by the same request. */
export function drawUp(state: AgreementState | undefined, terms: AgreementTerms, text: Publication, at: Instant): readonly AgreementFact[] {
  return state ? [] : [{ type: 'AgreementDrawnUp', ...terms }, { type: 'VersionPublished', version: { ...text, number: 1, publishedAt: at } }];
}

/** Publishes another text; the current one again changes nothing. */
export function publishVersion(state: AgreementState, text: Publication, at: Instant): readonly AgreementFact[] {
  if (state.status === 'retired') throw new Rejection('agreement.retired');
  const current = currentVersion(state);
  if (current.textHash === text.textHash) return [];
  if (state.versions.length >= maxVersions) throw new Rejection('agreement.too-many', { max: maxVersions });
  return [{ type: 'VersionPublished', version: { ...text, number: current.number + 1, publishedAt: at } }];
}

export function changeAgreement(state: AgreementState, asked: AgreementChange): readonly AgreementFact[] {
  const changes = Object.fromEntries((['signing', 'resignOnNewVersion', 'status'] as const).flatMap((field) => (asked[field] === undefined || asked[field] === state[field] ? [] : [[field, asked[field]]])));
  return Object.keys(changes).length === 0 ? [] : [{ type: 'AgreementChanged', changes }];
}

export function currentVersion(state: Pick<AgreementState, 'versions'>): Version {
  const current = state.versions.at(-1);
  invariant(current !== undefined, 'an agreement is drawn up with a text');
  return current;
}

/** The text of a version: written once under an id that names it. */
export interface AgreementText {
  readonly agreementId: string;
  readonly textHash: string;
  readonly text: string;
}
export type AgreementTextFact = { readonly type: 'TextKept' } & AgreementText;
export const agreementTextAggregate: Aggregate<AgreementText, AgreementTextFact> = { name: 'agreement_text', evolve: (_state, { type: _type, ...text }) => text };
