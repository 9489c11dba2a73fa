import { post } from '../load.ts';
import type { Bare, Line } from '../report.ts';
import { medianOf, medianRatio } from '../statistics.ts';
import type { Sample } from '../statistics.ts';
import type { Stage } from '../stage.ts';
import { CALLERS, newIncident, until, wakesWaiting } from './row.ts';
import type { Row } from './row.ts';

const WARM_UP_SECONDS = 3;
/** Commands go round this many records, so that callers seldom meet on one. */
const RECORDS = 1_000;

type Measure = (seconds?: number) => Promise<Sample>;

function measures(stage: Stage, sliceSeconds: number) {
  const { api, bare, postgresPid } = stage;
  const common = { callers: CALLERS, headers: api.headers };
  const ours = { ...common, url: api.url, watch: { API: api.pid, PostgreSQL: postgresPid } };
  const insert =
    (path: string): Measure =>
    (seconds = sliceSeconds) =>
      post({
        ...common,
        url: bare.url,
        seconds,
        watch: { app: bare.pid, PostgreSQL: postgresPid },
        request: () => ({ path, body: newIncident(3) }),
      });
  const open: Measure = (seconds = sliceSeconds) =>
    post({
      ...ours,
      seconds,
      request: () => ({ path: '/api/v1/incidents', body: newIncident(3) }),
    });
  let turn = 0;
  const command: Measure = async (seconds = sliceSeconds) => {
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
  return {
    statement: insert('/records'),
    transaction: insert('/records/transaction'),
    open,
    command,
  };
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
  async run(stage, { repetitions, sliceSeconds }) {
    await stage.worker(false);
    const { statement, transaction, open, command } = measures(stage, sliceSeconds);
    for (const measure of [statement, transaction, open, command]) await measure(WARM_UP_SECONDS);
    const runs = {
      statement: [] as Sample[],
      transaction: [] as Sample[],
      open: [] as Sample[],
      command: [] as Sample[],
      busyOpen: [] as Sample[],
      busyCommand: [] as Sample[],
    };
    const drained: number[] = [];
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      runs.statement.push(await statement());
      runs.transaction.push(await transaction());
      runs.open.push(await open());
      runs.command.push(await command());
      const busy = await whileDraining(stage, open, command);
      runs.busyOpen.push(busy.opens);
      runs.busyCommand.push(busy.commands);
      drained.push(Math.round(busy.drained));
      await stage.worker(false);
      await stage.pool.query('truncate wakes');
    }
    const line = (what: string, samples: readonly Sample[], note = ''): Line => {
      const { count, seconds, perSecond, p50, p99, max, cpuMs } = medianOf(samples);
      const each = Math.round(seconds / repetitions);
      const over = `${count} in ${repetitions} × ${each} s, ${CALLERS} callers${note}`;
      return { what, unit: '/s', value: perSecond, p50, p99, max, cpuMs, over };
    };
    const bareOf = (samples: readonly Sample[], kind: 'transaction' | 'statement'): Bare => {
      const { perSecond: value, p99 } = medianOf(runs[kind]);
      const ratio = medianRatio(samples, runs[kind], (one) => one.perSecond);
      return { what: `inserts by one ${kind}`, value, p99, ratio };
    };
    /** The goal is a share of the plain transaction's (docs/performance.md says why); the single statement's stands beside it. */
    const ours = (what: string, samples: readonly Sample[], least: number, note = ''): Line => {
      const own = line(what, samples, note);
      const bares = [bareOf(samples, 'transaction'), bareOf(samples, 'statement')] as const;
      const met = bares[0].ratio >= least && (own.p99 ?? Infinity) < 100;
      return { ...own, bares, target: { text: `≥ ${least}, p99 < 100`, met } };
    };
    const note = `; the relay drained ${drained.join(', ')}/s`;
    return [
      line('bare insert, one transaction', runs.transaction),
      line('bare insert, one statement', runs.statement),
      ours('opens, worker stopped', runs.open, 0.5),
      ours('commands, worker stopped', runs.command, 0.5),
      ours('opens, relay draining', runs.busyOpen, 0.25, note),
      ours('commands, relay draining', runs.busyCommand, 0.25, note),
    ];
  },
};
