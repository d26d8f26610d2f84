import { z } from 'zod';
import { Id, StoredFile, TenantId } from '@matricula/contracts';
import type { LocalRoute } from '../docs/local-route.js';

const tag = 'accounts';
const images = ['image/jpeg', 'image/png', 'image/webp'];

/** Where bytes come in and go out. */
export const fileRoutes: readonly LocalRoute[] = [
  {
    method: 'put', path: '/v1/files/{fileId}/content', name: 'files.receive', tag, takesBytes: true, query: z.strictObject({ fileId: Id }), reply: StoredFile,
    summary: 'Send the bytes of a file that you opened: as the body, whatever its Content-Type; what they are is found in them. Metadata is taken out of images',
    rejects: ['file.too-large', 'file.empty', 'file.incomplete', 'file.type-not-allowed', 'file.unreadable', 'file.infected', 'file.already-complete', 'file.upload-expired'],
  },
  { path: '/v1/accounts/{accountId}/files/{fileId}/content', name: 'files.download', tag, summary: 'The bytes of a file, to save', query: z.strictObject({ accountId: Id, fileId: Id }), reply: { bytes: ['application/octet-stream'] } },
  { path: '/v1/accounts/{accountId}/people/{personId}/qr-code.png', name: 'files.qrCode', tag, summary: 'The QR code of a student as a picture (ID-25)', query: z.strictObject({ accountId: Id, personId: Id }), reply: { bytes: ['image/png'] } },
  { path: '/v1/public/providers/{provider}/logo', name: 'files.logo', tag, open: true, summary: 'The logo of a provider (ID-09)', query: z.strictObject({ provider: TenantId }), reply: { bytes: images } },
];
