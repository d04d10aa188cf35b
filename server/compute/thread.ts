// A thread that does one job after the other for the pool. The pool ends it when a job takes too long.
import { parentPort } from 'node:worker_threads';
import { work, type Job } from './job.ts';

parentPort!.on('message', (job: Job) => {
  parentPort!.postMessage(work(job));
});
