// Recorded histories: how they are kept in test/histories/, and how a build is tried on them.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import proto, { type temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { planCodec } from '../../workers/codec.ts';
import type { Carried } from '../../workers/contract.ts';
import { installRuntime } from '../../workers/crew.ts';
import { bundleOfThisRun } from './bundle.ts';

const { History } = proto.temporal.api.history.v1;
/** How a history is written down: readable, and without anything that JSON cannot hold. */
const PLAIN = { longs: String, enums: String, bytes: String };

/** Everything that a replay needs. */
export interface Recording {
  /** The semantics number of its plan. */
  readonly semantics: number;
  readonly workflowId: string;
  /** The canonical JSON of the plans that it names, by hash. */
  readonly plans: Readonly<Record<string, string>>;
  readonly history: Record<string, unknown>;
}

const FOLDER = path.resolve(import.meta.dirname, '../histories');

/** The names of all recordings, `<semantics>/<name>.json`. */
export function recordings(): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .toSorted();
}

/** What the continue-as-new or the restore before it has handed to this part of a chain; undefined for the first. */
export function carriedIn(name: string): Carried | undefined {
  const { history } = JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as Recording;
  const begun = History.fromObject(history).events[0]?.workflowExecutionStartedEventAttributes;
  const data = begun?.input?.payloads?.[2]?.data;
  return data ? (JSON.parse(Buffer.from(data).toString()) as Carried) : undefined;
}

/** Keeps a history. What stands here is never changed: somebody's campaign is in the middle of it. */
export function keepRecording(
  name: string,
  recording: Omit<Recording, 'history'>,
  history: temporal.api.history.v1.IHistory,
): void {
  const file = path.join(FOLDER, String(recording.semantics), `${name}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify({ ...recording, history: History.toObject(History.create(history), PLAIN) })}\n`,
  );
}

/** Replays one recording by the present build. @throws when the build would have done something else */
export async function replay(name: string): Promise<void> {
  installRuntime();
  const { workflowId, plans, history } = JSON.parse(
    readFileSync(path.join(FOLDER, name), 'utf8'),
  ) as Recording;
  const load = async (hash: string): Promise<Uint8Array> => {
    const plan = plans[hash];
    if (plan === undefined) throw new Error(`${name} does not hold the plan ${hash}`);
    return new TextEncoder().encode(plan);
  };
  const replayed = Worker.runReplayHistories(
    {
      workflowBundle: await bundleOfThisRun(),
      dataConverter: { payloadCodecs: [planCodec(load)] },
    },
    [{ workflowId, history: History.fromObject(history) }],
  );
  for await (const { error } of replayed) if (error !== undefined) throw error;
}
