export { isUnavailable } from '../db/unavailable.ts';

/** Whether PostgreSQL refused what it was to store (SQLSTATE 22, data; 54, limits): repeated, it would be refused again. */
export function isOfContent(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^(22|54)/.test(code);
}
