import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { DeliveryError } from '../channels/channel.ts';
import type { OutboundMessage } from '../channels/channel.ts';
import { channelOf } from '../channels/index.ts';
import type { Channels } from '../channels/index.ts';
import { send } from '../channels/send.ts';
import {
  finishMessage,
  retryMessage,
  standingWarnings,
  takeDueMessages,
} from '../db/onCallWarnings.ts';
import type { DueWarningMessage } from '../db/onCallWarnings.ts';
import { entry } from '../domain/policy.ts';
import { MINUTE, SECOND } from '../domain/time.ts';
import type { Milliseconds } from '../domain/time.ts';
import type { Engine } from '../records/engine.ts';
import { planOnCallWarnings } from '../records/onCallWarnings.ts';
import { directionsOf } from '../records/recipient.ts';
import { onCallWarningMessage } from './onCallWarningMessage.ts';

export interface OnCallWarningOptions {
  readonly engine: Engine;
  readonly log: Logger;
  readonly channels: Channels;
  /** How people reach the API, without a slash at the end. */
  readonly publicUrl: string;
}

/** Sent at the same time: a receiver that hangs keeps the others waiting for the time of one send. */
const AT_ONCE = 10;
/** Longer than a send takes. Whoever has not said by then what came of it has died. */
const LEASE = MINUTE;
const FIRST_RETRY = 15 * SECOND;
const LAST_RETRY = 2 * MINUTE;

/** Twice as long each time, jittered so that those who failed together do not come back together. */
function backOff({ attempts }: DueWarningMessage): Milliseconds {
  const ms = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (attempts - 1));
  return Math.round(ms * (0.75 + Math.random() / 2));
}

/** The message as it is now, or why it is not sent. */
async function compose(
  { engine, publicUrl }: OnCallWarningOptions,
  due: DueWarningMessage,
): Promise<OutboundMessage | { readonly state: 'cancelled' | 'dead'; readonly why: string }> {
  const { pool } = engine;
  const warnings = await standingWarnings(pool, due.warnings);
  if (warnings.length === 0) return { state: 'cancelled', why: 'what it warned of is mended' };
  const { policy, recipient: person } = await directionsOf(engine, due);
  if (typeof person === 'string') return { state: 'dead', why: person };
  return onCallWarningMessage({
    key: `on-call-warning/${due.id}`,
    person,
    urgency: due.urgency,
    warnings: warnings.map((warning) => ({
      ...warning,
      name: entry(policy.body.people, warning.person)?.name ?? warning.person,
    })),
    now: engine.clock(),
    publicUrl,
  });
}

/** Sends one message: at least once, under the same key each time, and not any more when what it warned of is mended. */
async function deliver(options: OnCallWarningOptions, due: DueWarningMessage): Promise<void> {
  const { engine, log, channels } = options;
  const { pool, clock } = engine;
  const message = await compose(options, due);
  if ('state' in message) {
    await finishMessage(pool, due.id, message.state, message.why, clock());
    return;
  }
  const sent = await send(channelOf(channels, due.channel), message);
  const now = clock();
  if (!(sent instanceof DeliveryError)) {
    await finishMessage(pool, due.id, 'done', sent.detail, now);
  } else if (!sent.retryable || now >= due.giveUpAt) {
    await finishMessage(pool, due.id, 'dead', sent.message, now);
    log.error({ message: due.id, channel: due.channel }, 'an on-call warning was given up');
  } else {
    const after = Math.max(backOff(due), sent.retryAfterMs ?? 0);
    await retryMessage(pool, due.id, sent.message, now + after);
  }
}

/** Plans warnings, and sends all messages that are due. Several processes may do it at once. */
export async function warnOfCoverageGaps(options: OnCallWarningOptions): Promise<void> {
  const { engine, log } = options;
  const untold = await planOnCallWarnings(engine);
  for (const { schedule } of untold) {
    log.warn({ schedule }, 'a schedule does not cover what is to come, and nobody can be told');
  }
  let due: readonly DueWarningMessage[];
  do {
    const now = engine.clock();
    due = await takeDueMessages(engine.pool, now, now + LEASE, AT_ONCE);
    await Promise.all(due.map((one) => deliver(options, one)));
  } while (due.length === AT_ONCE);
}

/**
 * Warns of what the schedules of escalations will not cover, before it begins: whoever can mend it is told. It needs no Temporal. What was planned and who
 * was told is in the database, so several workers share the work, and what one of them died over is done by another.
 * @param everyMs how often schedules are looked at
 */
export function startOnCallWarnings(
  options: OnCallWarningOptions,
  everyMs = 30 * SECOND,
): { stop(): Promise<void> } {
  const stopped = new AbortController();

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await warnOfCoverageGaps(options).catch((error: unknown) => {
        options.log.warn({ err: error }, 'on-call warnings wait: a round failed');
      });
      await sleep(everyMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };

  const running = loop();
  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
