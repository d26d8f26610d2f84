import { applyDecorators, Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { Ctx as NestContext, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { isObservable, lastValueFrom, throwError, type Observable } from 'rxjs';
import type { EventContract, Procedure } from '@matricula/contracts';
import type { Job } from './jobs.js';

/** Transports of our own: a handler declared for one is not seen by the others. */
export const rpcTransport = Symbol('rpc');
export const eventTransport = Symbol('events');
export const jobTransport = Symbol('jobs');

/** Nest turns every handler error into "Internal server error"; our transports need the real one. */
@Catch()
class PassThrough implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** Tells Nest that the method takes `(ctx, input)`: its own context first, then the payload. */
const contextFirst: MethodDecorator = (target, key) => {
  NestContext()(target, key, 0);
  Payload()(target, key, 1);
};

const declared = (pattern: MethodDecorator): MethodDecorator => applyDecorators(contextFirst, pattern, UseFilters(new PassThrough()));

/** This method answers a command or query: `(ctx, request) => reply`. */
export const Handles = (procedure: Procedure): MethodDecorator => declared(MessagePattern(procedure.subject, rpcTransport));
/** This method reacts to an event, at least once each: `(ctx, event) => …`; must be safe to repeat. */
export const On = (event: EventContract): MethodDecorator => declared(EventPattern(event.filter, eventTransport) as MethodDecorator);
/** This method hears every event of every service: `(ctx, event) => …` with the data unparsed. */
export const OnEveryEvent = (): MethodDecorator => declared(EventPattern('evt.>', eventTransport) as MethodDecorator);
/** This method works off a job: `(ctx, data) => …`; must be safe to repeat. */
export const OnJob = (job: Job): MethodDecorator => declared(MessagePattern(job.name, jobTransport));

/** A handler as Nest hands it to a transport: payload, then context. */
export type Handler = (input: unknown, ctx: unknown) => Promise<unknown>;

/** Calls a handler and waits for what it returns, be it a value, a promise or an observable. */
export async function runHandler(handler: Handler, ctx: unknown, input: unknown): Promise<unknown> {
  const result = await handler(input, ctx);
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}
