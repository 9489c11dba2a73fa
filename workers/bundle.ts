import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleOption } from '@temporalio/worker';

const quiet = {
  trace() {},
  debug() {},
  info() {},
  log() {},
  warn: console.error,
  error: console.error,
};

/** The workflows' code for the worker's sandbox: built beforehand where PROVISOR_WORKFLOW_BUNDLE names the file (an image, the tests), else now, which takes some seconds. */
export async function workflowBundle(prebuilt: string | undefined): Promise<WorkflowBundleOption> {
  if (prebuilt !== undefined && existsSync(prebuilt)) return { codePath: prebuilt };
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
    logger: quiet,
  });
}
