import { AddMemo, LinkRelationship, ListHealthMemoReads, ListMemos, ListRelationships, RemoveMemo, UnlinkRelationship, UpdateMemo } from '@matricula/contracts';
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
];
