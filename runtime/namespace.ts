import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { ConnectionOptions } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';

const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const RETENTION = '7 days';

/** Does a Temporal server answer there? */
export async function isServing(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '3s' });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes sure that the namespace is there and takes workflows.
 * @throws Error that says what to do when it is not there and this client may not make it, or is not of use in time.
 */
export async function ensureNamespace(
  options: ConnectionOptions,
  namespace: string,
  limitMs = 60_000,
): Promise<void> {
  const connection = await Connection.connect({ ...options, connectTimeout: '30s' });
  try {
    if (!(await isRegistered(connection, namespace))) await register(connection, namespace);
    await untilUsable(connection, namespace, limitMs);
  } finally {
    await connection.close();
  }
}

/** A namespace as its server knows it: the id is another one after each registration, also under the same name. */
export interface RegisteredNamespace {
  readonly name: string;
  readonly id: string;
  readonly clusterId: string;
}

/** @throws Error when the server does not answer or has no such namespace */
export async function readNamespace(
  options: ConnectionOptions,
  namespace: string,
): Promise<RegisteredNamespace> {
  const found = await findNamespace(options, namespace);
  if (found === undefined) throw refusal(namespace, new Error('not registered'));
  return found;
}

/** @returns undefined when the server has no such namespace. @throws Error when it does not answer or refuses */
export async function findNamespace(
  options: ConnectionOptions,
  namespace: string,
): Promise<RegisteredNamespace | undefined> {
  const connection = await Connection.connect({ ...options, connectTimeout: '30s' });
  try {
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
    // For people only, and not open to every client.
    const cluster = await connection.workflowService.getClusterInfo({}).catch(() => undefined);
    const id = namespaceInfo?.id ?? '';
    if (id === '') throw new Error('its server gives it no id');
    return { name: namespace, id, clusterId: cluster?.clusterId ?? '' };
  } catch (error) {
    if (grpcCode(error) === NOT_FOUND) return undefined;
    throw refusal(namespace, error);
  } finally {
    await connection.close();
  }
}

async function isRegistered(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return true;
  } catch (error) {
    if (grpcCode(error) === NOT_FOUND) return false;
    throw refusal(namespace, error);
  }
}

async function register(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      description: 'Provisor: one workflow for each open record',
      workflowExecutionRetentionPeriod: msToTs(RETENTION),
    });
  } catch (error) {
    if (grpcCode(error) !== ALREADY_EXISTS) throw refusal(namespace, error);
  }
}

/** Each service of the server learns of a new namespace by itself, a few seconds late. */
async function untilUsable(
  connection: Connection,
  namespace: string,
  limitMs: number,
): Promise<void> {
  const until = Date.now() + limitMs;
  for (;;) {
    try {
      // A question that goes through to the history service. That this workflow is not there is the good answer.
      await connection.workflowService.describeWorkflowExecution({
        namespace,
        execution: { workflowId: 'provisor-is-it-usable' },
      });
      return;
    } catch (error) {
      const text = (error as Error).message;
      if (grpcCode(error) === NOT_FOUND && !/namespace/i.test(text)) return;
      if (Date.now() > until) {
        throw new Error(`Temporal's namespace ${namespace} is not of use yet: ${text}`);
      }
    }
    await sleep(100);
  }
}

function grpcCode(error: unknown): number | undefined {
  return (error as { code?: number }).code;
}

function refusal(namespace: string, error: unknown): Error {
  return new Error(
    `Temporal's namespace ${namespace} is not there, or not open to this client (${(error as Error).message}). Make it (Temporal Cloud: in its console), or name another in TEMPORAL_NAMESPACE, and check the key or certificate.`,
  );
}
