// `npx tsx scripts/record-histories.ts`: plays small campaigns on real servers and keeps their histories in test/histories/.
// Run it once for each new semantics number, or to add a campaign. Existing files are left alone.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson } from '../engine/compile/hash.ts';
import { workflowId } from '../workers/contract.ts';
import { runOf } from '../workers/store/run.ts';
import { keepRecording } from '../test/support/bundle-histories.ts';
import { campaigns } from '../test/support/temporal-campaigns.ts';
import { OwnServers } from '../test/support/temporal-own.ts';
import { Stage } from '../test/support/temporal-play.ts';

const folder = path.resolve(import.meta.dirname, '../test/histories');
const servers = await OwnServers.start();
const stage = new Stage({
  temporal: servers.temporal,
  databaseUrl: servers.databaseUrl,
  taskQueue: 'record',
  sweepMs: 1_000,
  allowPrivateAddresses: true,
});
try {
  await stage.startWorkers();
  for (const [name, play] of Object.entries(campaigns)) await record(name, await play(stage));
} finally {
  await stage.close();
  await servers.stop();
}

/** Keeps every part of a run's chain, the first under its plain name. */
async function record(name: string, run: string): Promise<void> {
  const facts = await runOf(stage.store.pool, run);
  if (facts === undefined) throw new Error(`no run ${run}`);
  const { plan } = facts;
  const id = workflowId(run, 0);
  for (const [part, runId] of (await stage.chain(run)).entries()) {
    const title = part === 0 ? name : `${name}-${part + 1}`;
    if (existsSync(path.join(folder, String(plan.semantics), `${title}.json`))) continue;
    const history = await stage.temporal.client.workflow.getHandle(id, runId).fetchHistory();
    const plans = { [plan.hash]: canonicalJson(plan) };
    keepRecording(title, { semantics: plan.semantics, workflowId: id, plans }, history);
    process.stdout.write(`${title}: ${history.events?.length ?? 0} events\n`);
  }
}
