// From whatever was thrown while a request was answered to the refusal that the caller sees.
// Not its wording, see texts/refusals.ts.
import type { FastifyRequest } from 'fastify';
import { CannotSkipTime } from '../workers/client.ts';
import { Refusal } from './refusal.ts';
import { saysFull } from './room.ts';
import { sentenceOf } from './validate.ts';

interface Thrown {
  readonly code?: string;
  readonly statusCode?: number;
  readonly validation?: Parameters<typeof sentenceOf>[0];
  readonly validationContext?: string;
}

/** The refusal that answers an error. What nobody has foreseen becomes `internal` with the request's reference. */
export function refusalOf(error: unknown, request: FastifyRequest): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof CannotSkipTime) return new Refusal('cannot-skip-time');
  const {
    code = '',
    statusCode,
    validation,
    validationContext,
  } = (typeof error === 'object' && error !== null ? error : {}) as Thrown;
  if (validation !== undefined) {
    const { pointer, zh, en } = sentenceOf(validation);
    const place = `${validationContext === 'body' ? '' : `/${validationContext ?? 'body'}`}${pointer}`;
    return new Refusal('invalid-request', {
      place: place === '' ? '/' : place,
      values: { place: place === '' ? '/' : place, problemZh: zh, problemEn: en },
    });
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Refusal('too-large', { values: { limit: request.routeOptions.bodyLimit } });
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new Refusal('not-readable', { place: 'content-type' });
  if (code.startsWith('FST_ERR_CTP') || (error instanceof SyntaxError && statusCode === 400)) {
    return new Refusal('not-json', { place: '/' });
  }
  if (UNSTORABLE.has(code)) {
    const [problemZh, problemEn] = [
      '有不能保存的字符（空字符或残缺的代理对）',
      'it holds characters that cannot be stored',
    ];
    return new Refusal('invalid-request', { place: '/', values: { place: '/', problemZh, problemEn } });
  }
  // A path that the files of the documentation refuse (403) is told as one that is not there.
  if (statusCode === 404 || statusCode === 403) return new Refusal('not-found');
  if (saysFull(error)) return new Refusal('no-room');
  if (isAway(code) || isCutOff(error)) return new Refusal('unavailable');
  return new Refusal('internal', { values: { id: request.id } });
}

/** PostgreSQL on texts that it cannot keep: the null character, half of a surrogate pair. */
const UNSTORABLE = new Set(['22021', '22P05']);

/** The driver's own words, without a code, for a connection that broke under a statement or lay broken in the pool. */
const isCutOff = (error: unknown): boolean =>
  error instanceof Error &&
  /^(Connection terminated|Client has encountered a connection error|Client was closed)/.test(error.message);

/** Codes by which Node and PostgreSQL say that the database is not there: refused, reset, shutting down, starting up. */
const isAway = (code: string): boolean =>
  /^(ECONN(REFUSED|RESET)|EPIPE|57P0[123]|08\d\d\d|53300)$/.test(code);
