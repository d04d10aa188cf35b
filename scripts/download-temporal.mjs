// Downloads the Temporal CLI in version VERSION to FOLDER with the SDK's own downloader, and starts it once as proof that it serves.
// A process of its own: the SDK's native part stays in memory for ever.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const { FOLDER: downloadDir, VERSION: version } = process.env;
const server = { executable: { type: 'cached-download', downloadDir, version } };
try {
  await (await TestWorkflowEnvironment.createLocal({ server })).teardown();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
