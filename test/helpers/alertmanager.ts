import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './system.ts';

const names = ['prometheus-alertmanager', 'alertmanager'];

function onPath(): string | undefined {
  return names.find((name) => spawnSync(name, ['--version']).status === 0);
}

/** Debian's own Alertmanager, installed when it is missing and this is root on Debian. Undefined, and said aloud, when it cannot be had. */
export function findAlertmanager(): string | undefined {
  const found = onPath();
  if (found !== undefined) return found;
  process.stderr.write('Installing prometheus-alertmanager for the end-to-end tests …\n');
  const install =
    'apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus-alertmanager';
  spawnSync('sh', ['-c', install], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  const installed = onPath();
  if (installed === undefined) {
    process.stderr.write(
      'NOT TESTED: no Alertmanager is here and none could be installed. Put prometheus-alertmanager or alertmanager on PATH.\n',
    );
  }
  return installed;
}

export interface Alertmanager {
  /** Sends alerts as Prometheus does. */
  alert(
    labels: Record<string, string>,
    annotations?: Record<string, string>,
    ended?: boolean,
  ): Promise<void>;
  stop(): Promise<void>;
}

/** A real Alertmanager on loopback whose only receiver is our intake. */
export async function startAlertmanager(
  program: string,
  port: number,
  intake: string,
  key: string,
): Promise<Alertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'provisor-alertmanager-'));
  const config = join(folder, 'config.json');
  const receiver = {
    name: 'provisor',
    webhook_configs: [
      {
        url: intake,
        send_resolved: true,
        http_config: { authorization: { type: 'Bearer', credentials: key } },
      },
    ],
  };
  const route = {
    receiver: 'provisor',
    group_by: ['service'],
    group_wait: '100ms',
    group_interval: '300ms',
    repeat_interval: '1h',
  };
  writeFileSync(
    config,
    JSON.stringify({ route, receivers: [receiver], global: { resolve_timeout: '1m' } }),
  );
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  const base = `http://127.0.0.1:${port}`;
  await until(
    'Alertmanager',
    () =>
      fetch(`${base}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    20_000,
  );
  return {
    async alert(labels, annotations = {}, ended = false) {
      const now = new Date().toISOString();
      const times = ended ? { endsAt: now } : {};
      const answer = await fetch(`${base}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([{ labels, annotations, ...times }]),
      });
      if (!answer.ok) throw new Error(`Alertmanager refused the alert: ${await answer.text()}`);
    },
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
