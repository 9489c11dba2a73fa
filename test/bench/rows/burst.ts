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

const COUNT = 1_000;
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

/** Makes `COUNT` with `make`, an urgent one in the middle and some more on the way, and waits until `left` says 0. */
async function measure(
  make: (index: number) => Promise<unknown>,
  urgent: () => Promise<number>,
  left: () => Promise<number>,
): Promise<Burst> {
  const begun = performance.now();
  const waits: Promise<number>[] = [];
  await times(COUNT, CALLERS, async (index) => {
    if (index === COUNT / 2) waits.push(urgent());
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
    acceptedPerSecond: (COUNT * 1000) / (accepted - begun),
    perSecond: (COUNT * 1000) / (ended - begun),
    drainPerSecond: (waiting * 1000) / (ended - accepted),
    urgent: await Promise.all(waits),
  };
}

function ourBurst(stage: Stage): Promise<Burst> {
  const make = () => callApi(stage, '/api/v1/incidents', newIncident(3));
  return measure(make, openAndWait(stage), () => wakesWaiting(stage));
}

async function bareBurst(stage: Stage): Promise<Burst> {
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
  return measure(make, bareAndWait(stage), async () => {
    const { rows } = await barePool.query<{ count: string }>('select count(*) from looks');
    return COUNT - Number(rows[0]?.count);
  });
}

/** A thousand incidents at once, and what a P1 in their middle waits. */
export const burst: Row = {
  name: 'burst',
  about: `a burst of ${COUNT} P3 incidents, and P1s in its middle`,
  async run(stage) {
    await stage.worker(false);
    await stage.bareWorker(true);
    await bareAndWait(stage)();
    const bare = await bareBurst(stage);
    await stage.bareWorker(false);
    await stage.worker(true);
    await openAndWait(stage)();
    const ours = await ourBurst(stage);
    const over = `${COUNT} once, ${CALLERS} callers`;
    const line = (what: string, pick: (one: Burst) => number, least?: number): Line => ({
      what,
      unit: '/s',
      value: pick(ours),
      bare: { what: 'bare workflows', value: pick(bare) },
      ratio: pick(ours) / pick(bare),
      over,
      target: least === undefined ? undefined : { text: `≥ ${least}`, met: pick(ours) >= least },
    });
    const worst = Math.max(...ours.urgent);
    return [
      line('burst accepted', (one) => one.acceptedPerSecond),
      line('burst drained, from the first open', (one) => one.perSecond, 25),
      line('burst drained, after the last open', (one) => one.drainPerSecond),
      {
        what: 'P1 in the burst → webhook, longest',
        unit: 'ms',
        value: worst,
        p50: median(ours.urgent),
        bare: { what: 'bare workflow', value: Math.max(...bare.urgent) },
        ratio: worst / Math.max(...bare.urgent),
        over: `${ours.urgent.length} P1s: one in the middle, then one every ${P1_EVERY_MS / 1000} s`,
        target: { text: '≤ 2000', met: worst <= 2_000 },
      },
    ];
  },
};
