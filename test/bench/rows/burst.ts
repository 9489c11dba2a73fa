import { randomUUID } from 'node:crypto';
import { bareRecord } from '../bare/workflows.ts';
import { callApi } from '../call.ts';
import { times } from '../load.ts';
import type { Line } from '../report.ts';
import type { Stage } from '../stage.ts';
import { median } from '../statistics.ts';
import { bareAndWait, openAndWait } from './alerts.ts';
import { CALLERS, newIncident, until, wakesWaiting } from './row.ts';
import type { Row } from './row.ts';

const DRAINED_WITHIN_MS = 180_000;
/** While the burst drains, another P1 every so often. */
const P1_EVERY_MS = 4_000;

interface Burst {
  readonly acceptedPerSecond: number;
  /** All of the burst by the time from its first request until the last was answered for. */
  readonly perSecond: number;
  /** What was still waiting when the last had been accepted, by the time that took. */
  readonly drainPerSecond: number;
  /** Milliseconds until the webhook of urgent ones in its middle. */
  readonly urgent: readonly number[];
}

/** Makes `count` with `make`, an urgent one in the middle and some more on the way, and waits until `left` says 0. */
async function measure(
  count: number,
  make: (index: number) => Promise<unknown>,
  urgent: () => Promise<number>,
  left: () => Promise<number>,
): Promise<Burst> {
  const begun = performance.now();
  const waits: Promise<number>[] = [];
  await times(count, CALLERS, async (index) => {
    if (index === Math.floor(count / 2)) waits.push(urgent());
    await make(index);
  });
  const accepted = performance.now();
  const waiting = await left();
  const timer = setInterval(() => {
    waits.push(urgent());
  }, P1_EVERY_MS);
  try {
    await until('the end of the burst', DRAINED_WITHIN_MS, async () => (await left()) <= 0);
  } finally {
    clearInterval(timer);
  }
  const ended = performance.now();
  return {
    acceptedPerSecond: (count * 1000) / (accepted - begun),
    perSecond: (count * 1000) / (ended - begun),
    drainPerSecond: (waiting * 1000) / (ended - accepted),
    urgent: await Promise.all(waits),
  };
}

export function ourBurst(stage: Stage, count: number): Promise<Burst> {
  const make = () => callApi(stage, '/api/v1/incidents', newIncident(3));
  return measure(count, make, openAndWait(stage), () => wakesWaiting(stage));
}

export async function bareBurst(stage: Stage, count: number): Promise<Burst> {
  const { client, barePool } = stage;
  await barePool.query('truncate looks');
  const make = () => {
    const number = randomUUID();
    return client.workflow.start(bareRecord, {
      taskQueue: 'bare',
      workflowId: number,
      args: [number],
    });
  };
  return measure(count, make, bareAndWait(stage), async () => {
    const { rows } = await barePool.query<{ count: string }>('select count(*) from looks');
    return count - Number(rows[0]?.count);
  });
}

/** A thousand incidents at once, and what a P1 in their middle waits. */
export const burst: Row = {
  name: 'burst',
  about: 'a burst of P3 incidents, and P1s in its middle',
  async run(stage, { burst: count }) {
    await stage.worker(false);
    await stage.bareWorker(true);
    await bareAndWait(stage)();
    const bare = await bareBurst(stage, count);
    await stage.bareWorker(false);
    await stage.worker(true);
    await openAndWait(stage)();
    const ours = await ourBurst(stage, count);
    const over = `${count} once, ${CALLERS} callers`;
    const line = (what: string, pick: (one: Burst) => number, least?: number): Line => ({
      what,
      unit: '/s',
      value: pick(ours),
      bares: [{ what: 'bare workflows', value: pick(bare), ratio: pick(ours) / pick(bare) }],
      over,
      target: least === undefined ? undefined : { text: `≥ ${least}`, met: pick(ours) >= least },
    });
    const worst = Math.max(...ours.urgent);
    const worstBare = Math.max(...bare.urgent);
    return [
      line('burst accepted', (one) => one.acceptedPerSecond),
      line('burst drained, from the first open', (one) => one.perSecond, 25),
      line('burst drained, after the last open', (one) => one.drainPerSecond),
      {
        what: 'P1 in the burst → webhook, longest',
        unit: 'ms',
        value: worst,
        p50: median(ours.urgent),
        bares: [{ what: 'bare workflow', value: worstBare, ratio: worst / worstBare }],
        over: `${ours.urgent.length} P1s: one in the middle, then one every ${P1_EVERY_MS / 1000} s`,
        target: { text: '≤ 2000', met: worst <= 2_000 },
      },
    ];
  },
};
