import { proxyActivities, proxyLocalActivities, sleep } from '@temporalio/workflow';
import type { BareActivities } from './temporal.program.ts';

const { postHook } = proxyActivities<BareActivities>({ startToCloseTimeout: '1 minute' });
const { noteLook, noteTimer } = proxyLocalActivities<BareActivities>({
  startToCloseTimeout: '5 seconds',
});

/** An alert on the bare engine: start, one activity, the POST. */
export async function bareAlert(subject: string): Promise<void> {
  await postHook(subject);
}

/** A record on the bare engine: one look by a local activity, then a timer. */
export async function bareRecord(number: string): Promise<void> {
  await noteLook(number);
  await sleep('1 hour');
}

/** A record with a due moment (epoch milliseconds) on the bare engine: one look, a timer, one insert when it has come. */
export async function bareTimer(number: string, dueAt: number): Promise<void> {
  await noteLook(number);
  await sleep(Math.max(1, dueAt - Date.now()));
  await noteTimer(number, dueAt);
}

/** A step of an escalation on the bare engine: a look, a timer, one insert when it has come, then an activity that posts. */
export async function bareStep(subject: string, dueAt: number): Promise<void> {
  await bareTimer(subject, dueAt);
  await postHook(subject);
}
