import autocannon from 'autocannon';
import { cpuSeconds } from './cpu.ts';
import type { Sample } from './statistics.ts';

export interface Load {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each request. */
  readonly request: () => { readonly path: string; readonly body: unknown };
  readonly seconds: number;
  readonly callers: number;
  /** Processes whose CPU time is noted, by name. */
  readonly watch: Readonly<Record<string, number>>;
}

/** Posts JSON from so many callers at once, each waiting for its answer, for so many seconds. @throws Error when any answer is not 2xx */
export async function post(load: Load): Promise<Sample> {
  const { url, seconds, callers } = load;
  const before = Object.entries(load.watch).map(([name, pid]) => [name, cpuSeconds(pid)] as const);
  let refusal = '';
  const result = await autocannon({
    url,
    duration: seconds,
    connections: callers,
    timeout: 10,
    requests: [
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...load.headers },
        setupRequest(request) {
          const { path, body } = load.request();
          return { ...request, path, body: JSON.stringify(body) };
        },
        onResponse(status, body) {
          if (status < 200 || status > 299) refusal ||= `, the first: ${status} ${body}`;
        },
      },
    ],
  });
  const count = result['2xx'];
  const bad = result.non2xx + result.errors + result.timeouts;
  if (bad > 0 || count === 0) {
    throw new Error(
      `${url}: ${count} good answers, ${result.non2xx} bad ones${refusal}, ${result.errors} errors, ${result.timeouts} time-outs`,
    );
  }
  const cpuMs = before.map(([name, used]) => {
    const spent = cpuSeconds(load.watch[name] ?? 0) - used;
    return [name, (spent * 1000) / count] as const;
  });
  return {
    count,
    seconds: result.duration,
    perSecond: count / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    max: result.latency.max,
    cpuMs: Object.fromEntries(cpuMs),
  };
}

/** Calls `work` at about this rate, whether earlier calls have ended or not, and waits for all. @returns what they returned */
export async function atRate<T>(
  perSecond: number,
  seconds: number,
  work: () => Promise<T>,
): Promise<T[]> {
  const calls: Promise<T>[] = [];
  const gapMs = 1000 / perSecond;
  for (let index = 0; index < perSecond * seconds; index += 1) {
    calls.push(work());
    // Not in step with anything that runs at a fixed interval.
    await new Promise((resolve) => setTimeout(resolve, gapMs * (0.75 + Math.random() / 2)));
  }
  return Promise.all(calls);
}

/** Does `work` for 0, 1, … count − 1 with so many under way at once. */
export async function times(
  count: number,
  callers: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: callers }, caller));
}
