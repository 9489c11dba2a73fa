import type { OutboundMessage } from '../channels/channel.ts';
import { unreachable } from '../domain/errors.ts';
import { escapeHtml } from '../domain/html.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { Outage, Word } from '../domain/watch/outage.ts';

/** What is told of an outage. */
export interface Telling {
  readonly word: Word;
  readonly outage: Outage;
  /** What is wrong, a line each; empty with the all-clear. */
  readonly troubles: readonly string[];
  readonly now: Instant;
  readonly publicUrl: string;
  /** Who is told: an address of mail or a webhook. */
  readonly address: string;
}

function headingOf(word: Word): string {
  switch (word) {
    case 'alarm':
      return 'Provisor does not page';
    case 'reminder':
      return 'Provisor still does not page';
    case 'allClear':
      return 'Provisor pages again';
    default:
      return unreachable(word);
  }
}

/** The message that tells of an outage of paging. Its key is the same for every repeat of the same word, so that a receiver can drop repeats. */
export function watchMessage(telling: Telling): OutboundMessage {
  const { word, outage, troubles, now, publicUrl, address } = telling;
  const heading = headingOf(word);
  const since = toIso(outage.since);
  const key = `watch/${since}/${word}/${outage.told}`;
  const url = `${publicUrl}/readyz`;
  const says =
    word === 'allClear'
      ? `Paging was out since ${since} and works again.`
      : `Paging is out since ${since}: people are not told, or late.`;
  const todo =
    word === 'allClear'
      ? 'What waited is on its way. Look at the list of dead letters for what was given up.'
      : 'Look at PostgreSQL, Temporal and the worker, and tell those on call in another way.';
  const lines = [says, ...troubles.map((trouble) => `- ${trouble}`), todo, url];
  return {
    key,
    person: { name: "Provisor's operators", address },
    content: {
      number: 'watch',
      heading,
      title: heading,
      rows: [['Since', since]],
      says,
      quote: troubles,
      todo,
      answers: [],
      url,
      urgency: 'interrupting',
    },
    subject: heading,
    text: `${lines.join('\n')}\n`,
    html: lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n'),
    event: {
      specversion: '1.0',
      id: key,
      source: publicUrl,
      type: `provisor.watch.${word}.v1`,
      subject: 'watch',
      time: toIso(now),
      datacontenttype: 'application/json',
      data: { since, troubles, message: word, url },
    },
  };
}
