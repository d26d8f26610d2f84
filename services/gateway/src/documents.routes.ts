import { AddMemo, ChangeAgreement, CreateAgreement, GetAgreement, GetAgreementState, GetAgreementText, LinkRelationship, ListAgreements, ListHealthMemoReads, ListMemos, ListRelationships, ListSignatures, ProveSignature, PublishAgreementVersion, RecordSignature, RemoveMemo, SignAgreement, UnlinkRelationship, UpdateMemo, WithdrawSignature } from '@matricula/contracts';
import { del, get, patch, post } from './http/route.js';

/** What staff and families write down about people, beside the people themselves. */
export const documentsRoutes = [
  post('/v1/accounts/{accountId}/memos', AddMemo, 201),
  get('/v1/accounts/{accountId}/memos', ListMemos),
  patch('/v1/accounts/{accountId}/memos/{memoId}', UpdateMemo),
  del('/v1/accounts/{accountId}/memos/{memoId}', RemoveMemo),
  get('/v1/accounts/{accountId}/health-memo-reads', ListHealthMemoReads),
  post('/v1/accounts/{accountId}/people/{personId}/relationships', LinkRelationship, 201),
  get('/v1/accounts/{accountId}/people/{personId}/relationships', ListRelationships),
  del('/v1/accounts/{accountId}/people/{personId}/relationships/{relationshipId}', UnlinkRelationship),
  post('/v1/agreements', CreateAgreement, 201),
  get('/v1/agreements', ListAgreements),
  get('/v1/agreements/{agreementId}', GetAgreement),
  patch('/v1/agreements/{agreementId}', ChangeAgreement),
  post('/v1/agreements/{agreementId}/versions', PublishAgreementVersion, 201),
  get('/v1/agreements/{agreementId}/versions/{versionId}', GetAgreementText),
  get('/v1/accounts/{accountId}/agreements', GetAgreementState),
  post('/v1/accounts/{accountId}/signatures', SignAgreement, 201),
  post('/v1/accounts/{accountId}/recorded-signatures', RecordSignature, 201),
  get('/v1/accounts/{accountId}/signatures', ListSignatures),
  get('/v1/accounts/{accountId}/signatures/{signatureId}', ProveSignature),
  post('/v1/accounts/{accountId}/signatures/{signatureId}/withdrawal', WithdrawSignature, 201),
];
