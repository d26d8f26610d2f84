import type { Procedure, ReplyOf, RequestOf, CallContext } from '@matricula/contracts';
import { RpcRequest } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { Bus, RpcClient } from '@matricula/platform';

/** A NATS client for tests: calls services as the gateway would, and answers in the place of services that are not part of the test. */
export class TestBus {
  private constructor(
    readonly bus: Bus,
    readonly rpc: RpcClient,
  ) {}

  static async open(natsUrl: string): Promise<TestBus> {
    const bus = await Bus.open({ name: 'test', url: natsUrl });
    return new TestBus(bus, new RpcClient(bus));
  }

  /**
   * Answers a procedure until the returned function is called. The answer may throw a Rejection, or return
   * `undefined` to stay silent (the caller runs into its time-out).
   */
  answer<P extends Procedure>(procedure: P, answer: (request: RequestOf<P>, ctx: CallContext) => ReplyOf<P> | undefined | Promise<ReplyOf<P> | undefined>): () => void {
    const subscription = this.bus.connection.subscribe(procedure.subject, {
      callback: (_error, message) => {
        void (async () => {
          const { ctx, body } = RpcRequest.parse(message.json());
          try {
            const reply = await answer(procedure.request.parse(body) as RequestOf<P>, ctx);
            if (reply !== undefined) message.respond(JSON.stringify({ reply }));
          } catch (error) {
            if (!(error instanceof Rejection)) throw error;
            message.respond(JSON.stringify({ problem: { code: error.code, details: error.details } }));
          }
        })();
      },
    });
    return () => subscription.unsubscribe();
  }

  async close(): Promise<void> {
    await this.bus.onApplicationShutdown();
  }
}
