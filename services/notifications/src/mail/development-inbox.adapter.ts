import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import type { InboxMail } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { CONFIG, Database, derivedId, isDuplicateKey, LOGGER, sha256 } from '@matricula/platform';
import { simpleParser, type AddressObject, type ParsedMail } from 'mailparser';
import type { Logger } from 'pino';
import { SMTPServer } from 'smtp-server';
import type { NotificationsConfig } from '../config.js';

/** A mail as the inbox keeps it; `_id` is its Message-ID, so that a mail handed over twice is kept once. */
interface InboxDocument {
  readonly _id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly links: readonly string[];
  readonly receivedAt: Date;
}

const keep = 500;
const largestBytes = 1_048_576;

/**
 * The mail server of development: a real SMTP server on 127.0.0.1 that keeps the last 500 mails for people to read.
 * It stands for the outside world and so belongs to no tenant. Never open in production or beside a real SMTP server.
 */
@Injectable()
export class DevelopmentInbox {
  private server: SMTPServer | undefined;

  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: NotificationsConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  private get mails() {
    return this.database.collection<InboxDocument>('development_inbox');
  }

  /** Starts to listen; resolves to the port. */
  async open(): Promise<number> {
    await this.mails.createIndex({ receivedAt: -1 }, { name: 'newest' });
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      size: largestBytes,
      onData: (stream, _session, done) => void this.receive(stream, done),
    });
    server.on('error', (error: Error) => this.logger.debug({ err: error }, 'development inbox'));
    this.server = server;
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const address = listening.address();
    if (address === null || typeof address === 'string') throw new Error('the development inbox has no port');
    return address.port;
  }

  /** Says yes when the mail is kept, and not before. */
  private async receive(stream: Readable, done: (error?: Error) => void): Promise<void> {
    try {
      await this.keep(await simpleParser(stream));
    } catch (error) {
      this.logger.warn({ err: error }, 'the development inbox could not keep a mail');
      return done(new Error('try again later'));
    }
    done();
  }

  private async keep(mail: ParsedMail): Promise<void> {
    const text = mail.text ?? '';
    const from = mail.from?.value[0]?.address ?? '';
    const document = { _id: mail.messageId ?? `<${sha256(`${from}\n${text}`)}@unnamed>`, from, to: addressesOf(mail.to), subject: mail.subject ?? '', text, links: linksIn(text), receivedAt: new Date() };
    try {
      await this.mails.insertOne(document);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      this.logger.info({ messageId: document._id }, 'the development inbox has this mail already');
    }
    const old = await this.mails.find({}, { sort: { receivedAt: -1 }, skip: keep, limit: keep, projection: { _id: 1 } }).toArray();
    if (old.length > 0) await this.mails.deleteMany({ _id: { $in: old.map((m) => m._id) } });
  }

  /** The newest mails, to one address if given; rejects `inbox.disabled` where there is no inbox. */
  async read({ to, limit }: { readonly to?: string | undefined; readonly limit: number }): Promise<readonly InboxMail[]> {
    if (this.config.SMTP_URL !== undefined || this.config.NODE_ENV === 'production') throw new Rejection('inbox.disabled');
    const found = await this.mails.find(to === undefined ? {} : { to: to.toLowerCase() }, { sort: { receivedAt: -1 }, limit }).toArray();
    return found.map(({ _id, from, subject, text, ...mail }) => ({ id: derivedId('mail', _id), messageId: _id, from, to: [...mail.to], subject, text, links: [...mail.links], receivedAt: mail.receivedAt.toISOString() }));
  }

  async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    await promise;
  }
}

function addressesOf(to: AddressObject | readonly AddressObject[] | undefined): readonly string[] {
  const lists: readonly AddressObject[] = to === undefined ? [] : 'value' in to ? [to] : to;
  return lists.flatMap((list) => list.value.flatMap((entry) => (entry.address === undefined ? [] : [entry.address.toLowerCase()])));
}

/** Links in a plain text, without the punctuation that follows them. */
export function linksIn(text: string): readonly string[] {
  return [...text.matchAll(/https?:\/\/[^\s<>"']+/g)].map(([link]) => link.replace(/[.,;:!?)\]]+$/, ''));
}
