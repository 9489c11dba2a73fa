import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { activePolicyHash, readPolicy } from '../db/policies.ts';
import type { Engine } from '../records/engine.ts';
import { createKey } from '../records/keys.ts';
import { applyPolicy } from '../records/policies.ts';
import { demoActor } from './actor.ts';
import { notificationOf } from './alert.ts';
import type { DemoAlert } from './alert.ts';
import type { Mail } from './mail.ts';
import { startMailbox } from './mailbox.ts';
import { seed } from './seed.ts';

/** What the demo did, for whoever watches. */
export interface Told {
  readonly at: number;
  readonly text: string;
}

export interface Stage {
  /** The latest first. */
  mails(): readonly Mail[];
  /** The latest first. */
  told(): readonly Told[];
  /** Sends a new alert to the intake, as Alertmanager does. @returns the incident's number */
  fire(): Promise<string | null>;
  /** Says that the latest alert is over. */
  end(): Promise<void>;
  /** Fires an alert and kills the worker while the mail server has its mail in hand. */
  killInMidSend(): Promise<string | null>;
  /** How soon a P1 must be resolved: moves between four and two hours. */
  movePolicy(): Promise<void>;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly engine: Engine;
  /** Where the API answers. */
  readonly url: string;
  /** PROVISOR_HOME: says which process is the worker. */
  readonly home: string;
  readonly smtpPort: number;
}

const INTEGRATION = 'demo-alertmanager';
const MOST_TOLD = 50;

/** A key for the alert button, which lives as long as this process. */
async function makeKey(engine: Engine): Promise<string> {
  const made = await createKey(
    engine,
    { holder: { integration: INTEGRATION }, roles: [] },
    demoActor,
  );
  if (!made.ok || made.value.secret === null) throw new Error('the demo cannot make a key');
  return made.value.secret;
}

function workerPid(home: string): number {
  const note = readFileSync(join(home, 'run', 'worker.json'), 'utf8');
  return (JSON.parse(note) as { pid: number }).pid;
}

interface PolicyData {
  serviceLevels: Record<string, { resolve: Record<string, { within: string }> }>;
}

/** Sets the stage of `provisor start --demo`: a mail server that shows what it gets, incidents to look at, and the demo's buttons. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const { engine, url, home, smtpPort } = options;
  const told: Told[] = [];
  let latest: DemoAlert | undefined;
  const tell = (text: string): void => {
    told.unshift({ at: engine.clock(), text });
    told.length = Math.min(told.length, MOST_TOLD);
  };
  /** The mail that its sender did not live to see taken. */
  let lost: Mail | undefined;
  const mailbox = await startMailbox(smtpPort, ({ key: effect, at }) => {
    if (lost === undefined || lost.key !== effect) return;
    const seconds = Math.round((at - lost.at) / 1000);
    tell(`The lost mail was sent again ${seconds} s later, under the same key ${effect}`);
    lost = undefined;
  });
  await seed(engine);
  const key = await makeKey(engine);

  const send = async (alert: DemoAlert, status: 'firing' | 'resolved'): Promise<string | null> => {
    const answer = await fetch(`${url}/api/v1/intake/alertmanager`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(notificationOf(alert, status)),
    });
    const { number } = (await answer.json()) as { number: string | null };
    tell(
      `Alert checkout-${alert.id} ${status}: the intake answered ${answer.status}, ${number ?? ''}`,
    );
    return number;
  };

  const fire = (): Promise<string | null> => {
    const now = engine.clock();
    latest = { id: now.toString(36), startedAt: new Date(now).toISOString() };
    return send(latest, 'firing');
  };

  return {
    mails: () => mailbox.mails(),
    told: () => told,
    fire,
    async end() {
      if (latest === undefined) tell('No alert fires: send one first');
      else await send(latest, 'resolved');
    },
    killInMidSend() {
      mailbox.holdNext((mail) => {
        const { to, subject, key: effect } = mail;
        lost = mail;
        const pid = workerPid(home);
        process.kill(pid, 'SIGKILL');
        tell(
          `kill -9 ${pid}: the worker died while the mail server had "${subject}" to ${to} in hand. The mail is lost; its key was ${effect}`,
        );
      });
      return fire();
    },
    async movePolicy() {
      const hash = await activePolicyHash(engine.pool);
      const data = structuredClone(await readPolicy(engine.pool, hash ?? '')) as PolicyData;
      const target = data.serviceLevels['shop']?.resolve['1'];
      if (target === undefined) throw new Error('the policy in force is not the demo’s');
      target.within = target.within === '4h' ? '2h' : '4h';
      const applied = await applyPolicy(engine.pool, data, demoActor, engine.clock());
      if (!applied.ok) throw new Error(JSON.stringify(applied.error));
      engine.onWake();
      tell(
        `Policy ${applied.value.hash.slice(0, 8)} is in force: a P1 of the shop is to be resolved within ${target.within}. Open incidents are computed anew`,
      );
    },
    close: () => mailbox.close(),
  };
}
