import { notification } from '../alertmanager.ts';
import { callApi } from '../call.ts';
import { post } from '../load.ts';
import { medianOf, medianRatio } from '../statistics.ts';
import type { Sample } from '../statistics.ts';
import { CALLERS } from './row.ts';
import type { Row } from './row.ts';

const WARM_UP_SECONDS = 2;
const PATH = '/api/v1/intake/alertmanager';

/** The same notification again and again, as monitoring systems repeat themselves. */
export const duplicates: Row = {
  name: 'duplicates',
  about: `the same alert repeated at ${CALLERS} callers`,
  async run(stage, { repetitions, sliceSeconds }) {
    const { api, bare, postgresPid } = stage;
    const body = notification('minor', 'the-one-that-repeats');
    await callApi(stage, PATH, body);
    const repeat = (seconds = sliceSeconds): Promise<Sample> =>
      post({
        url: api.url,
        headers: api.headers,
        callers: CALLERS,
        seconds,
        watch: { API: api.pid, PostgreSQL: postgresPid },
        request: () => ({ path: PATH, body }),
      });
    const count = (seconds = sliceSeconds): Promise<Sample> =>
      post({
        url: bare.url,
        callers: CALLERS,
        seconds,
        watch: {},
        request: () => ({ path: '/count', body }),
      });
    for (const measure of [count, repeat]) await measure(WARM_UP_SECONDS);
    const runs = { ours: [] as Sample[], bare: [] as Sample[] };
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      runs.bare.push(await count());
      runs.ours.push(await repeat());
    }
    const ours = medianOf(runs.ours);
    const base = medianOf(runs.bare);
    return [
      {
        what: 'repeated alerts',
        unit: '/s',
        value: ours.perSecond,
        p50: ours.p50,
        p99: ours.p99,
        max: ours.max,
        cpuMs: ours.cpuMs,
        bares: [
          {
            what: 'bare counter',
            value: base.perSecond,
            p99: base.p99,
            ratio: medianRatio(runs.ours, runs.bare, ({ perSecond }) => perSecond),
          },
        ],
        over: `${ours.count} in ${repetitions} × ${sliceSeconds} s, ${CALLERS} callers`,
        target: { text: '≥ 1200/s', met: ours.perSecond >= 1_200 },
      },
    ];
  },
};
