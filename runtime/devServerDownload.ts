import { TestWorkflowEnvironment } from '@temporalio/testing';

// A process of its own: the download cannot be cancelled, and the SDK's native part would stay in the caller.
const downloadDir = process.argv[2];
if (downloadDir === undefined) throw new Error('usage: devServerDownload.ts <folder>');
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir } },
});
await environment.teardown();
