import { lifecycle } from './lifecycle.ts';

/** An incident's workflow: the life of a record. Its escalations are workflows of their own (escalation.ts). */
export async function incident(number: string): Promise<void> {
  await lifecycle(number);
}
