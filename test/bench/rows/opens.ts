import { post } from '../load.ts';
import type { Line } from '../report.ts';
import { medianOf, medianRatio } from '../statistics.ts';
import type { Sample } from '../statistics.ts';
import type { Stage } from '../stage.ts';
import { CALLERS, newIncident, REPETITIONS, SLICE_SECONDS, until, wakesWaiting } from './row.ts';
import type { Row } from './row.ts';

const WARM_UP_SECONDS = 3;
/** Commands go round this many records, so that callers seldom meet on one. */
const RECORDS = 1_000;

type Measure = (seconds?: number) => Promise<Sample>;

function measures(stage: Stage) {
  const { api, bare, postgresPid } = stage;
  const common = { callers: CALLERS, headers: api.headers };
  const ours = { ...common, url: api.url, watch: { API: api.pid, PostgreSQL: postgresPid } };
  const insert: Measure = (seconds = SLICE_SECONDS) =>
    post({
      ...common,
      url: bare.url,
      seconds,
      watch: { app: bare.pid, PostgreSQL: postgresPid },
      request: () => ({ path: '/records', body: newIncident(3) }),
    });
  const open: Measure = (seconds = SLICE_SECONDS) =>
    post({
      ...ours,
      seconds,
      request: () => ({ path: '/api/v1/incidents', body: newIncident(3) }),
    });
  let turn = 0;
  const command: Measure = async (seconds = SLICE_SECONDS) => {
    const { rows } = await stage.pool.query<{ number: string }>(
      `select number from records where not final order by opened_at desc limit ${RECORDS}`,
    );
    const request = () => {
      const path = `/api/v1/incidents/${rows[++turn % rows.length]?.number ?? ''}`;
      return turn % 2 === 0
        ? { path: `${path}/comment`, body: { text: `Comment ${turn} of the bench` } }
        : { path: `${path}/assign`, body: { assignee: turn % 3 === 0 ? 'cyd' : 'bob' } };
    };
    return post({ ...ours, seconds, request });
  };
  return { insert, open, command };
}

/** Measures while the relay has something to drain. @returns also how many wakes a second were answered meanwhile */
async function whileDraining(
  stage: Stage,
  open: Measure,
  command: Measure,
): Promise<{ opens: Sample; commands: Sample; drained: number }> {
  const before = await wakesWaiting(stage);
  await stage.worker(true);
  await until('the relay', 30_000, async () => (await wakesWaiting(stage)) <= before - 20);
  const at = performance.now();
  const start = await wakesWaiting(stage);
  const opens = await open();
  const commands = await command();
  const answered = start + opens.count - (await wakesWaiting(stage));
  return { opens, commands, drained: (answered * 1000) / (performance.now() - at) };
}

/** How many incidents can be opened, and commands given, a second: with the worker stopped, and while its relay drains. */
export const opens: Row = {
  name: 'opens',
  about: `opens and commands a second at ${CALLERS} callers`,
  async run(stage) {
    await stage.worker(false);
    const { insert, open, command } = measures(stage);
    for (const measure of [insert, open, command]) await measure(WARM_UP_SECONDS);
    const runs = { insert: [], open: [], command: [], busyOpen: [], busyCommand: [] } as Record<
      'insert' | 'open' | 'command' | 'busyOpen' | 'busyCommand',
      Sample[]
    >;
    const drained: number[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
      runs.insert.push(await insert());
      runs.open.push(await open());
      runs.command.push(await command());
      const busy = await whileDraining(stage, open, command);
      runs.busyOpen.push(busy.opens);
      runs.busyCommand.push(busy.commands);
      drained.push(Math.round(busy.drained));
      await stage.worker(false);
      await stage.pool.query('truncate wakes');
    }
    const bare = medianOf(runs.insert);
    const line = (what: string, samples: readonly Sample[], least: number, note = ''): Line => {
      const { count, seconds, perSecond, p50, p99, cpuMs } = medianOf(samples);
      const ratio = medianRatio(samples, runs.insert, (one) => one.perSecond);
      return {
        what,
        unit: '/s',
        value: perSecond,
        p50,
        p99,
        cpuMs,
        bare: { what: 'bare insert', value: bare.perSecond, p99: bare.p99 },
        ratio,
        over: `${count} in ${REPETITIONS} × ${Math.round(seconds / REPETITIONS)} s, ${CALLERS} callers${note}`,
        target: { text: `≥ ${least}, p99 < 100`, met: ratio >= least && p99 < 100 },
      };
    };
    const note = `; the relay drained ${drained.join(', ')}/s`;
    return [
      {
        what: 'bare insert',
        unit: '/s',
        value: bare.perSecond,
        p50: bare.p50,
        p99: bare.p99,
        cpuMs: bare.cpuMs,
        over: `${bare.count} in ${REPETITIONS} × ${SLICE_SECONDS} s, ${CALLERS} callers`,
      },
      line('opens, worker stopped', runs.open, 0.5),
      line('commands, worker stopped', runs.command, 0.5),
      line('opens, relay draining', runs.busyOpen, 0.25, note),
      line('commands, relay draining', runs.busyCommand, 0.25, note),
    ];
  },
};
