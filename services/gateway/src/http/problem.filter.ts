import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOGGER, type createLogger } from '@matricula/platform';
import { problemOf, refusalOf } from './problem.js';

/** The one place where an error becomes an HTTP answer; what nobody expected is logged here and told to nobody. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: ReturnType<typeof createLogger>) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (refusalOf(error) === undefined) this.logger.error({ err: error, correlationId: request.id, route: request.routeOptions.url }, 'request failed');
    sendProblem(error, request, reply);
  }
}

/** Answers with the problem an error stands for. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, { path: request.url.split('?')[0] ?? '/', correlationId: request.id });
  void reply.status(problem.status).headers(problem.headers).type('application/problem+json').send(JSON.stringify(problem.body));
}
