import { Controller, Get, Injectable, Req, Res, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Rejection } from '@matricula/kernel';
import { EventTails, ServiceUnavailable } from '@matricula/platform';
import { CalledBy, userOf } from '../auth/caller.js';
import { Standing } from '../auth/standing.js';
import { LiveStream, placeOf } from './live-stream.js';

const limits = { perUser: 5, inAll: 5_000, retryAfterSeconds: 10 };

/** The connections of this process; they end before it does, so that nothing holds its stop up. */
@Injectable()
export class OpenStreams implements OnModuleDestroy {
  private readonly byUser = new Map<string, Set<LiveStream>>();
  private count = 0;

  /** Rejects `stream.too-many`. */
  demandRoom(user: string): void {
    if ((this.byUser.get(user)?.size ?? 0) >= limits.perUser || this.count >= limits.inAll) throw new Rejection('stream.too-many', { max: limits.perUser, retryAfterSeconds: limits.retryAfterSeconds });
  }

  add(user: string, stream: LiveStream): void {
    const mine = this.byUser.get(user) ?? new Set();
    this.byUser.set(user, mine.add(stream));
    this.count += 1;
    stream.onEnd = () => {
      mine.delete(stream);
      this.count -= 1;
      if (mine.size === 0) this.byUser.delete(user);
    };
  }

  onModuleDestroy(): void {
    for (const streams of this.byUser.values()) for (const stream of streams) stream.end('restart');
  }
}

/** GET /v1/me/stream: what changes, while it changes (ID-10). Server-sent events, HTML Living Standard §9.2. */
@Controller('v1/me')
@CalledBy('user')
export class LiveController {
  constructor(
    private readonly standing: Standing,
    private readonly tails: EventTails,
    private readonly streams: OpenStreams,
  ) {}

  @Get('stream')
  async stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { tenantId, actor } = userOf(request);
    const user = `${tenantId}/${actor.id}`;
    this.streams.demandRoom(user);
    const { lastEventId } = request.query as Readonly<Record<string, unknown>>;
    const asked = request.headers['last-event-id'] ?? lastEventId;
    const [tail, state] = await Promise.all([this.tails.of(tenantId), this.tails.state()]).catch(() => {
      throw new ServiceUnavailable('events');
    });
    this.streams.demandRoom(user);
    reply.hijack();
    // nothing follows on the connection: kept alive, it would hold a stop of the gateway up
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', connection: 'close', 'x-accel-buffering': 'no', 'x-content-type-options': 'nosniff', 'x-correlation-id': request.id });
    const listener = { tenantId, userId: actor.id, sessionId: actor.sessionId, correlationId: request.id };
    const stream = new LiveStream(reply.raw, listener, this.standing, tail);
    this.streams.add(user, stream);
    await stream.start(placeOf(typeof asked === 'string' ? asked : undefined), asked !== undefined, state).catch(() => stream.end('unavailable'));
  }
}
