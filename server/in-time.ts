// What is asked of Temporal while a person waits for the answer of a request.
// Not what is asked: see workers/client.ts and workers/schedules.ts.
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { Temporal } from '../workers/temporal.ts';
import { Refusal } from './refusal.ts';

const PATIENCE_MS = 5_000;

/** Does it, or refuses when Temporal does not answer: it may still be being prepared. */
export async function inTime<T>({ client }: Temporal, work: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + PATIENCE_MS, work);
  } catch (error) {
    if (!(error instanceof ServiceError) && !isGrpcServiceError(error)) throw error;
    throw new Refusal('still-starting', { values: { part: 'Temporal' } });
  }
}
