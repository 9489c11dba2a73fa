import { randomUUID } from 'node:crypto';
import { notification } from '../alertmanager.ts';
import { bareAlert } from '../bare/workflows.ts';
import { callApi } from '../call.ts';
import { atRate } from '../load.ts';
import type { Line } from '../report.ts';
import { median, sampleOf } from '../statistics.ts';
import type { Stage } from '../stage.ts';
import { newIncident } from './row.ts';
import type { Row } from './row.ts';

const PER_SECOND = 4;
const WARM_UP_SECONDS = 3;

/** Time from sending until the receiver has the webhook, in milliseconds. */
type Once = () => Promise<number>;

export function openAndWait(stage: Stage): Once {
  return async () => {
    const sent = performance.now();
    const number = await callApi(stage, '/api/v1/incidents', newIncident(1));
    return (await stage.hooks.arrival(number)) - sent;
  };
}

function alertAndWait(stage: Stage): Once {
  return async () => {
    const sent = performance.now();
    const number = await callApi(stage, '/api/v1/intake/alertmanager', notification('critical'));
    return (await stage.hooks.arrival(number)) - sent;
  };
}

/** The same on the bare engine: a workflow, its one activity, the POST. */
export function bareAndWait({ client, hooks }: Stage): Once {
  return async () => {
    const subject = `bare-${randomUUID()}`;
    const sent = performance.now();
    await client.workflow.start(bareAlert, {
      taskQueue: 'bare',
      workflowId: subject,
      args: [subject],
    });
    return (await hooks.arrival(subject)) - sent;
  };
}

/** From an alert to the webhook that pages somebody. */
export const alerts: Row = {
  name: 'alerts',
  about: `alert to webhook at ${PER_SECOND} a second`,
  async run(stage, { repetitions, steadySeconds }) {
    await stage.worker(true);
    await stage.bareWorker(true);
    const kinds = {
      bare: bareAndWait(stage),
      open: openAndWait(stage),
      intake: alertAndWait(stage),
    };
    const slices = { bare: [], open: [], intake: [] } as Record<keyof typeof kinds, number[][]>;
    for (const once of Object.values(kinds)) await atRate(PER_SECOND, WARM_UP_SECONDS, once);
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      for (const kind of ['bare', 'open', 'intake'] as const)
        slices[kind].push(await atRate(PER_SECOND, steadySeconds, kinds[kind]));
    }
    await stage.bareWorker(false);
    const bare = sampleOf(slices.bare.flat(), repetitions * steadySeconds);
    const line = (what: string, kind: 'open' | 'intake'): Line => {
      const { count, p50, p99, max } = sampleOf(slices[kind].flat(), repetitions * steadySeconds);
      const pairs = slices[kind].map((slice, i) => median(slice) / median(slices.bare[i] ?? slice));
      return {
        what,
        unit: 'ms',
        value: p50,
        p50,
        p99,
        max,
        bares: [{ what: 'bare workflow', value: bare.p50, p99: bare.p99, ratio: median(pairs) }],
        over: `${count} in ${repetitions} × ${steadySeconds} s, ${PER_SECOND}/s`,
        target: { text: 'p50 < 250, p99 < 1000', met: p50 < 250 && p99 < 1_000 },
      };
    };
    return [line('P1 opened → webhook', 'open'), line('alert → webhook', 'intake')];
  },
};
