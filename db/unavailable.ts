/** What a server says that takes no writes: a standby, such as the one that was the primary before a failover. */
const READ_ONLY = '25006';

/** SQLSTATEs that say "not now": connection faults (08), shutdown and recovery (57P), statement cancelled, no connections, memory or disk left (53), lock or serialisation lost, read-only. */
const SQLSTATE = new RegExp(`^(08|57P|57014|53|40001|40P01|55P03|25P03|${READ_ONLY})`);

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);

/** What node-postgres says without a code: connection lost, or nothing came in time. */
const WORDS =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end)/;

/** Whether a fault means that PostgreSQL cannot be reached or did not answer in time: what was asked for may have been done. */
export function isUnavailable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && (SQLSTATE.test(code) || NETWORK.has(code))) return true;
  return typeof message === 'string' && WORDS.test(message);
}

/** Whether the server said that it takes no writes. */
export function isReadOnly(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === READ_ONLY;
}
