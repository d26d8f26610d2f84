import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';

/** What our three transports share: one handler per pattern, or the service does not start. */
export abstract class Transport extends Server implements CustomTransportStrategy {
  override addHandler(pattern: string, callback: MessageHandler, isEventHandler?: boolean, extras?: Record<string, unknown>): void {
    if (this.messageHandlers.has(this.normalizePattern(pattern))) throw new Error(`two handlers for ${pattern}`);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  override on(): void {
    // no events of its own
  }
  override unwrap<T>(): T {
    throw new Error('connections belong to the platform');
  }
}
