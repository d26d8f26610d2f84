import { isNativeError } from 'node:util/types';
import { Inject, Injectable } from '@nestjs/common';
import { ConfigError, CONFIG, type Prepared } from '@matricula/platform';
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

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 };
const most = { maxConnections: 4, maxMessages: 100 };

/** The RFC 5322 Message-ID of a message: always the same, so that a mail sent twice is recognised as one. */
export function messageIdHeader(messageId: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'matricula.invalid';
  return `<${messageId}@${domain}>`;
}

/** Hands mails to the mail server by SMTP: the configured one, or the built-in inbox outside production. */
@Injectable()
export class Mailer implements Prepared {
  private transport: Transporter | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: NotificationsConfig,
    private readonly inbox: DevelopmentInbox,
  ) {}

  async prepare(): Promise<void> {
    const { SMTP_URL: url, NODE_ENV: env } = this.config;
    if (url === undefined && env === 'production') throw new ConfigError('the environment is not complete:\n  SMTP_URL: is missing (there is no development inbox in production)');
    this.transport = url === undefined ? createTransport({ host: '127.0.0.1', port: await this.inbox.open(), ignoreTLS: true, pool: true, ...most, ...timeouts }) : createTransport({ url, pool: true, ...most, ...timeouts });
  }

  async send({ messageId, to, providerName, mail }: Outgoing): Promise<Handover> {
    if (!this.transport) throw new Error('the mailer is not prepared');
    const from = this.config.MAIL_FROM;
    try {
      await this.transport.sendMail({
        from: { name: oneLine(providerName), address: /<([^>]+)>/.exec(from)?.[1] ?? from },
        to: { name: oneLine(to.name), address: to.address },
        messageId: messageIdHeader(messageId, from),
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...mail,
        // nothing that people typed may make us read a file or fetch an address
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      return { type: 'sent' };
    } catch (error) {
      const answer = isNativeError(error) && 'responseCode' in error ? Number(error.responseCode) : 0;
      return { type: answer >= 500 ? 'refused' : 'undelivered', reason: reasonOf(error) };
    }
  }

  async stop(): Promise<void> {
    this.transport?.close();
    await this.inbox.close();
  }
}
