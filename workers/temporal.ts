import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { Namespace } from '../db/identity.ts';
import type { Wake } from '../db/wakes.ts';
import { taskQueue, wakeSignal } from '../workflows/messages.ts';

/** Where Temporal is: by its standard environment and profiles, the namespace `provisor` unless one is named. */
export function temporalConfig() {
  const { connectionOptions, namespace = 'provisor' } = loadClientConnectConfig();
  return { connectionOptions, namespace };
}

/** A client that connects when it is first used, so that an outage of Temporal delays pages but no start. */
export function lazyClient(): Client {
  const { connectionOptions, namespace } = temporalConfig();
  return new Client({
    connection: Connection.lazy(connectionOptions),
    namespace,
  });
}

const SEND_WITHIN_MS = 10_000;

/** The namespace that a client speaks to, as its server knows it. @throws when the server does not answer, or has no such namespace */
export async function readNamespace(client: Client): Promise<Namespace> {
  const { namespace } = client.options;
  return client.connection.withDeadline(Date.now() + SEND_WITHIN_MS, async () => {
    const [{ namespaceInfo }, { clusterId }] = await Promise.all([
      client.workflowService.describeNamespace({ namespace }),
      // For people only, and not open to every client.
      client.workflowService.getClusterInfo({}).catch(() => ({ clusterId: '' })),
    ]);
    const id = namespaceInfo?.id ?? '';
    if (id === '') throw new Error(`Temporal gives the namespace ${namespace} no id`);
    return { name: namespace, id, clusterId };
  });
}

/** Starts a record's workflow or signals the one that runs: which of both, the server decides in one step. */
export async function sendWake(client: Client, { number, process, priority }: Wake): Promise<void> {
  await client.connection.withDeadline(Date.now() + SEND_WITHIN_MS, () =>
    client.workflow.signalWithStart(process, {
      workflowId: number,
      taskQueue,
      args: [number],
      signal: wakeSignal,
      signalArgs: [],
      staticSummary: number,
      priority: { priorityKey: Math.min(5, Math.max(1, priority)) },
    }),
  );
}

/** Starts a heartbeat's workflow or tells the one that runs to look again. */
export async function sendHeartbeat(client: Client, id: string): Promise<void> {
  await client.connection.withDeadline(Date.now() + SEND_WITHIN_MS, () =>
    client.workflow.signalWithStart('heartbeat', {
      workflowId: `heartbeat/${id}`,
      taskQueue,
      args: [id],
      signal: wakeSignal,
      signalArgs: [],
      staticSummary: 'Heartbeat',
    }),
  );
}
