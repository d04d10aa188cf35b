// Asks for a forecast. Each has a thread of its own, which ends with the answer or when nobody wants it any more.
import type { Forecast } from './forecast.ts';
import type { ForecastAnswer, ForecastOrder } from './forecast-worker.ts';

/** @throws {Error} when the playbook cannot be rehearsed, or the signal says that it is no longer wanted. */
export function foretell(order: ForecastOrder, signal: AbortSignal): Promise<Forecast> {
  const worker = new Worker(new URL('../thread.ts', import.meta.url), { type: 'module' });
  const answer = new Promise<Forecast>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<ForecastAnswer>) => {
      if ('forecast' in data) resolve(data.forecast);
      else reject(new Error(data.failed));
    });
    worker.addEventListener('error', ({ message }) => reject(new Error(message)));
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });
  worker.postMessage(order);
  return answer.finally(() => worker.terminate());
}
