// The way to Temporal: how server and workers connect, and a client whose workflows may skip time.
// It starts nothing by itself: see client.ts for what is said to a run.
import { readFileSync } from 'node:fs';
import { Client, Connection, WorkflowClient, type WorkflowStartInput } from '@temporalio/client';

/** Where Temporal is and how it is reached. Files are paths of PEM files. */
export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
  readonly apiKey?: string | undefined;
  readonly tls?: boolean | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly serverName?: string | undefined;
}

/** Connection options that the client's and the worker's connection both take. */
export function connectionOptions(to: TemporalAddress) {
  const files = to.ca !== undefined || to.cert !== undefined || to.serverName !== undefined;
  const pair =
    to.cert !== undefined && to.key !== undefined
      ? { clientCertPair: { crt: readFileSync(to.cert), key: readFileSync(to.key) } }
      : {};
  return {
    address: to.address,
    ...(to.apiKey === undefined ? {} : { apiKey: to.apiKey }),
    ...(to.tls === true || to.apiKey !== undefined || files
      ? {
          tls: {
            ...(to.ca === undefined ? {} : { serverRootCACertificate: readFileSync(to.ca) }),
            ...(to.serverName === undefined ? {} : { serverNameOverride: to.serverName }),
            ...pair,
          },
        }
      : {}),
  };
}

/** An open way to Temporal. Nothing is sent before it is first used, so it may be opened before the server answers. */
export interface Temporal {
  readonly client: Client;
  /** Starts workflows whose clock jumps over waits. */
  readonly skipping: WorkflowClient;
  readonly taskQueue: string;
  /** Whether the server can skip time (1.32 or newer, switched on). */
  canSkip(): Promise<boolean>;
  close(): Promise<void>;
}

/** Opens a way to Temporal; `taskQueue` is where the workers of this installation listen. */
export function openTemporal(to: TemporalAddress, taskQueue: string): Temporal {
  const connection = Connection.lazy(connectionOptions(to));
  const { namespace } = to;
  return {
    client: new Client({ connection, namespace }),
    skipping: new SkippingClient({ connection, namespace }),
    taskQueue,
    async canSkip() {
      const { serverVersion } = await connection.workflowService.getSystemInfo({});
      const [major = 0, minor = 0] = (serverVersion ?? '').split('.').map(Number);
      return major > 1 || (major === 1 && minor >= 32);
    },
    close: () => connection.close(),
  };
}

/** More than any playbook can wait for; the server's own default is 200. */
const MAX_SKIPS = 5_000;

/** Sets the field of a start request that makes the server skip time; the client has no option for it. */
class SkippingClient extends WorkflowClient {
  protected override async createStartWorkflowRequest(input: WorkflowStartInput): Promise<StartRequest> {
    const request = await super.createStartWorkflowRequest(input);
    request.timeSkippingConfig = { enabled: true, maxSessionSkipCount: MAX_SKIPS };
    return request;
  }
}

type StartRequest = Awaited<ReturnType<WorkflowClient['createStartWorkflowRequest']>>;
