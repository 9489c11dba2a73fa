import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';

let count = 0;

/**
 * Moves one running workflow's clock forward on the real server: its timers fire as if the time had passed. Only the workflow's clock moves, not the
 * machine's. A running activity or a pending task holds it up, as does each step of an escalation for two seconds (ADR 14), hence the limit.
 */
export async function fastForward(
  client: Client,
  workflowId: string,
  ms: number,
  limitMs = 40_000,
): Promise<void> {
  const namespace = client.options.namespace;
  const workflowExecution = { workflowId };
  count += 1;
  const id = `forward-${process.pid}-${count}`;
  const duration = msToTs(ms);
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution,
    workflowExecutionOptions: {
      timeSkippingConfig: { enabled: true, fastForwardConfig: { id, duration } },
    },
    updateMask: { paths: ['time_skipping_config'] },
  });
  await client.connection.withDeadline(Date.now() + limitMs, () =>
    client.workflowService.pollWorkflowExecutionTimeSkipping({
      namespace,
      workflowExecution,
      fastForwardId: id,
    }),
  );
}
