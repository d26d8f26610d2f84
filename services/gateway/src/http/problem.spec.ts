import { describe, expect, it } from '@jest/globals';
import { BadRequestException, HttpException, NotFoundException, PayloadTooLargeException } from '@nestjs/common';
import { problems } from '@matricula/contracts';
import { Rejection } from '@matricula/kernel';
import { ServiceTimeout, ServiceUnavailable } from '@matricula/platform';
import { problemOf } from './problem.js';

const at = { path: '/v1/x', correlationId: 'cor_1' };
const of = (error: unknown) => problemOf(error, at);

describe('a problem', () => {
  it('RFC 9457: type, title, status, detail with its blanks filled, instance, code', () => {
    expect(of(new Rejection('class.full', { capacity: 12 })).body).toEqual({
      type: '/docs/problems#class.full', title: 'The class is full', status: 409, detail: 'Choose another class; 12 of 12 places are taken.',
      instance: '/v1/x', code: 'class.full', correlationId: 'cor_1', capacity: 12,
    });
  });
  it('lists the fields that are wrong', () => {
    const errors = [{ pointer: '/a', code: 'field.unknown', detail: 'no' }];
    expect(of(new Rejection('request.invalid', { errors }))).toMatchObject({ status: 422, body: { errors } });
  });
  it("is never displaced by a refusal's details", () => {
    expect(of(new Rejection('class.full', { status: 200, code: 'x', type: 'y', detail: 'z', instance: '/w', title: 't', correlationId: 'u' })).body).toMatchObject({ status: 409, code: 'class.full', type: '/docs/problems#class.full', instance: '/v1/x', correlationId: 'cor_1' });
  });
  it('fills a blank nobody gave with a word', () => {
    expect(of(new Rejection('permission.denied')).body['detail']).toBe('Your role does not include unknown. Ask an administrator of the provider.');
  });
  it('tells nothing of a bug, nor of a code that is not in the catalogue', () => {
    for (const error of [new Error('password=hunter2'), 'text', undefined, new Rejection('billing.secret-plan', { iban: 'x' }), new Rejection('internal.unexpected', { stack: 'x' }), new HttpException('x', 500)]) {
      const { status, body } = of(error);
      expect(status).toBe(500);
      expect(body).toEqual({ type: '/docs/problems#internal.unexpected', title: problems['internal.unexpected'].title, status: 500, detail: expect.stringContaining('cor_1'), instance: '/v1/x', code: 'internal.unexpected', correlationId: 'cor_1' });
    }
  });
  it('names what the server refused before a handler ran', () => {
    expect(of(new NotFoundException()).body['code']).toBe('route.not-found');
    expect(of(new PayloadTooLargeException()).body).toMatchObject({ code: 'request.too-large', detail: 'Send at most 614400 bytes.' });
    expect(of(new BadRequestException()).body['code']).toBe('request.malformed');
    expect(of(Object.assign(new Error('x'), { statusCode: 400 })).body['code']).toBe('request.malformed');
  });
  it('says when to come back', () => {
    expect(of(new Rejection('identity.too-many-attempts', { retryAfterSeconds: 12.2 })).headers).toEqual({ 'retry-after': '13' });
    expect(of(new ServiceUnavailable('billing'))).toMatchObject({ status: 503, headers: { 'retry-after': '2' }, body: { code: 'service.unavailable', service: 'billing' } });
    expect(of(new ServiceTimeout('billing'))).toMatchObject({ status: 504, headers: {}, body: { code: 'service.timeout' } });
  });
  it('RFC 6750: says how to sign in, and whether the token was at fault', () => {
    expect(of(new Rejection('auth.token-missing')).headers).toEqual({ 'www-authenticate': 'Bearer realm="matricula"' });
    expect(of(new Rejection('auth.token-expired')).headers).toEqual({ 'www-authenticate': 'Bearer realm="matricula", error="invalid_token"' });
  });
});
