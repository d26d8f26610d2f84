import { isNativeError } from 'node:util/types';
import { Inject, Injectable } from '@nestjs/common';
import { ConfigError, CONFIG } from '@matricula/platform';
import { createTransport, type Transporter } from 'nodemailer';
import type { NotificationsConfig } from '../config.js';
import { oneLine, type RenderedMail } from '../domain/templates.js';
import { reasonOf } from '../work/reason.js';
import { DevelopmentInbox } from './development-inbox.adapter.js';
import type { Addressee } from './mail-contents.adapter.js';

export interface Outgoing {
  readonly messageId: string;
  readonly to: Addressee;
  readonly providerName: string;
  readonly mail: RenderedMail;
}
export type Handover = { readonly type: 'sent' } | { readonly type: 'refused' | 'undelivered'; readonly reason: string };

/** Mails that are handed over at once. */
export const connections = 4;
/** Of each step; the caller's signal limits them together. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 20_000, socketTimeout: 60_000 };
const pool = { pool: true, maxConnections: connections, maxMessages: 100, ...timeouts } as const;

/** The RFC 5322 Message-ID of a message: always the same, so that a mail sent twice is recognised as one. */
export function messageIdHeader(messageId: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'matricula.invalid';
  return `<${messageId}@${domain}>`;
}

/** Hands mails to the mail server by SMTP: the configured one, or the built-in inbox outside production. */
@Injectable()
export class Mailer {
  private transport: Transporter | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: NotificationsConfig,
    private readonly inbox: DevelopmentInbox,
  ) {}

  async open(): Promise<void> {
    const { SMTP_URL: url, NODE_ENV: env } = this.config;
    if (url === undefined && env === 'production') throw new ConfigError('the environment is not complete:\n  SMTP_URL: is missing (there is no development inbox in production)');
    this.transport = url === undefined ? createTransport({ host: '127.0.0.1', port: await this.inbox.open(), ignoreTLS: true, ...pool }) : createTransport({ url, ...pool });
  }

  /** When the signal aborts, the connection is destroyed: the mail server cannot take this mail later. */
  async send({ messageId, to, providerName, mail }: Outgoing, signal: AbortSignal): Promise<Handover> {
    if (!this.transport) throw new Error('the mailer is not open');
    const from = this.config.MAIL_FROM;
    try {
      await this.transport.sendMail({
        from: { name: oneLine(providerName), address: /<([^>]+)>/.exec(from)?.[1] ?? from },
        to: { name: oneLine(to.name), address: to.address },
        messageId: messageIdHeader(messageId, from),
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...mail,
        signal,
        // nothing that people typed may make us read a file or fetch an address
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      return { type: 'sent' };
    } catch (error) {
      if (signal.aborted) return { type: 'undelivered', reason: 'the mail server did not take the mail in time' };
      const answer = isNativeError(error) && 'responseCode' in error ? Number(error.responseCode) : 0;
      return { type: answer >= 500 ? 'refused' : 'undelivered', reason: reasonOf(error) };
    }
  }

  async close(): Promise<void> {
    this.transport?.close();
    await this.inbox.close();
  }
}
