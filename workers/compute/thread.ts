// A thread that does one job after the other for the pool. The pool ends it when a job takes too long: it says when it begins one.
import { parentPort } from 'node:worker_threads';
import { work, type Job } from './job.ts';
import { BEGUN } from './pool.ts';

parentPort!.on('message', (job: Job) => {
  parentPort!.postMessage(BEGUN);
  parentPort!.postMessage(work(job));
});
