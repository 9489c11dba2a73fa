import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkflowBundleOption } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';
import { effectsTaskQueue, taskQueue } from '../workflows/messages.ts';

export interface WorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly workflowBundle: WorkflowBundleOption;
  readonly activities: Activities;
  readonly shutdownGraceTime?: string;
}

export interface Workers {
  /** Ends when both have stopped; rejects when one fails for good. */
  readonly done: Promise<void>;
  /** Takes no new work and lets what is under way end. */
  readonly shutdown: () => void;
}

/** As many as escalate at once on a bad day: what is not cached is replayed. More cost more: the SDK's core goes through all of them for each thing that happens to one (docs/performance.md). */
const CACHED = 2_000;

/** A step keeps its workflow task for the two seconds before its moment and while its pages are sent. What more is due waits in Temporal, by priority. */
const WORKFLOW_TASKS = 160;
const LOCAL_ACTIVITIES = 200;

/** The two workers of one process: the records' workflows, and the effects on a queue of their own. */
export async function runWorkers(options: WorkerOptions): Promise<Workers> {
  const {
    connection,
    namespace,
    workflowBundle,
    activities,
    shutdownGraceTime = '15 seconds',
  } = options;
  const { perform, ...local } = activities;
  const workers = await Promise.all([
    Worker.create({
      connection,
      namespace,
      taskQueue,
      workflowBundle,
      activities: local,
      shutdownGraceTime,
      maxCachedWorkflows: CACHED,
      maxConcurrentLocalActivityExecutions: LOCAL_ACTIVITIES,
      maxConcurrentWorkflowTaskExecutions: WORKFLOW_TASKS,
    }),
    Worker.create({
      connection,
      namespace,
      taskQueue: effectsTaskQueue,
      activities: { perform },
      shutdownGraceTime,
      maxConcurrentActivityTaskExecutions: 60,
    }),
  ]);
  const shutdown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  // When one fails the other must not keep the process alive as if all were well.
  const run = async (worker: Worker): Promise<void> => {
    try {
      await worker.run();
    } finally {
      shutdown();
    }
  };
  return { done: Promise.all(workers.map(run)).then(() => undefined), shutdown };
}
