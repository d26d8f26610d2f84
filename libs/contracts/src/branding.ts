import { z } from 'zod';
import { EventActor } from './envelope.js';
import { Name, TenantId } from './fields.js';
import { StoredFile } from './files.js';
import { command, event, query } from './kit.js';

const Colour = z.string().regex(/^#[0-9a-f]{6}$/i, 'a colour such as #1a2b3c').transform((c) => c.toLowerCase()).meta({ id: 'Colour' });
const Colours = z.strictObject({ primary: Colour, accent: Colour, background: Colour });
export const Branding = z
  .object({ provider: TenantId, name: z.string(), colours: z.object({ primary: z.string(), accent: z.string(), background: z.string() }), logo: z.string().nullable().meta({ description: 'Path of the logo; changes with it' }), version: z.int() })
  .meta({ id: 'Branding', description: 'What the login page of a provider looks like' });
export type Branding = z.infer<typeof Branding>;

export const GetBranding = query('accounts.getBranding', { summary: 'Name, logo and colours of a provider, before anybody has signed in (ID-09)', request: z.strictObject({}), reply: Branding, access: { who: 'anyone' }, rejects: ['resource.not-found'] });
export const SetBranding = command('accounts.setBranding', {
  summary: 'Change what the login page looks like',
  request: z.strictObject({ name: Name.nullable().optional().meta({ description: 'null: the name of the provider' }), colours: Colours.partial().optional() }),
  reply: Branding,
  access: { who: 'user', may: 'branding.write' },
});
export const AddLogo = command('accounts.addLogo', { summary: 'Open a new logo; once its bytes are there it replaces the old one', request: z.strictObject({}), reply: StoredFile, access: { who: 'user', may: 'branding.write' } });
export const GetLogo = query('accounts.getLogo', { summary: 'The logo of a provider', request: z.strictObject({}), reply: StoredFile, access: { who: 'service' }, rejects: ['resource.not-found'] });

export const BrandingChanged = event('accounts.branding.changed.v1', { summary: 'The login page of a provider looks different', data: z.object({ provider: TenantId, actor: EventActor }) });
