// The few questions that the start asks a Temporal server of ours, over its HTTP port: no client library, little memory.
// Runs are started and watched elsewhere, by the SDK.
import { setTimeout as sleep } from 'node:timers/promises';

const ALREADY_EXISTS = 409;
const DAY_SECONDS = 86_400;

/** The version of the server, once it answers; undefined when it never does or `isOver` says so. */
export async function askVersion(
  port: number,
  timeoutMs: number,
  isOver: () => boolean = () => false,
): Promise<string | undefined> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline && !isOver(); await sleep(100)) {
    const answer = await ask(port, 'GET', 'system-info');
    const version = (answer?.body as { serverVersion?: unknown } | undefined)?.serverVersion;
    if (answer?.status === 200 && typeof version === 'string') return version;
  }
  return undefined;
}

/** Registers the namespace, or sets the retention of the one that is there. */
export async function ensureNamespace(port: number, namespace: string, retentionDays: number): Promise<void> {
  const retention = `${retentionDays * DAY_SECONDS}s`;
  let last: Answer | undefined;
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
    last = await ask(port, 'POST', 'namespaces', { namespace, workflowExecutionRetentionPeriod: retention });
    if (last?.status === ALREADY_EXISTS) {
      last = await ask(port, 'POST', `namespaces/${encodeURIComponent(namespace)}/update`, {
        config: { workflowExecutionRetentionTtl: retention },
      });
    }
    if (last?.status === 200) return;
  }
  throw new Error(`Temporal did not register the namespace "${namespace}": ${JSON.stringify(last?.body)}.`);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One request; undefined while nobody answers. */
async function ask(
  port: number,
  method: string,
  resource: string,
  body?: object,
): Promise<Answer | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${resource}`, {
      method,
      signal: AbortSignal.timeout(10_000),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}
