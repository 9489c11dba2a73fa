import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { taskQueue } from '../workflows/messages.ts';

export interface TemporalHealth {
  readonly up: boolean;
  /** Whether a worker polls the task queue: without one nothing carries out what is due. */
  readonly workers: boolean;
  readonly detail: string;
}

/** Below the second that a readiness probe usually waits: an outage of Temporal must not make the desk look dead. */
const ASK_WITHIN_MS = 700;
const REMEMBER_MS = 2_000;

export interface TemporalAddress {
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
}

/**
 * Asks Temporal whether it serves and whether workers poll, at most every two seconds. It connects on the first question and never throws:
 * the desk works without Temporal. What is not given comes from Temporal's own environment.
 */
export function createTemporalHealth(given: TemporalAddress): {
  check: () => Promise<TemporalHealth>;
  close: () => Promise<void>;
} {
  const config = loadClientConnectConfig();
  const namespace = given.namespace ?? config.namespace ?? 'provisor';
  const connection = Connection.lazy({
    ...config.connectionOptions,
    ...(given.address === undefined ? {} : { address: given.address }),
  });
  let latest: { at: number; answer: Promise<TemporalHealth> } | undefined;

  const ask = async (): Promise<TemporalHealth> => {
    const { workflowService } = connection;
    try {
      const answer = await connection.withDeadline(Date.now() + ASK_WITHIN_MS, () =>
        workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name: taskQueue },
        }),
      );
      const workers = answer.pollers.length > 0;
      return {
        up: true,
        workers,
        detail: workers ? 'a worker polls' : 'no worker polls: timers and pages wait',
      };
    } catch {
      return {
        up: false,
        workers: false,
        detail: 'Temporal does not answer: timers and pages wait',
      };
    }
  };

  return {
    check() {
      const now = Date.now();
      if (latest === undefined || now - latest.at > REMEMBER_MS)
        latest = { at: now, answer: ask() };
      return latest.answer;
    },
    async close() {
      await connection.close();
    },
  };
}
