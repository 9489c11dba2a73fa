import type { OutboundMessage, Recipient } from '../channels/channel.ts';
import type { StandingWarning } from '../db/onCallWarnings.ts';
import { escapeHtml, oneLine } from '../domain/html.ts';
import type { Urgency } from '../domain/notification/rules.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';

/** A warning, with the name of whose shift it is; null: nobody is on call. */
export interface NamedWarning extends StandingWarning {
  readonly name: string | null;
}

/** What people are told of schedules that do not cover what is to come. */
export interface WarningOccasion {
  /** The same for every repeat. */
  readonly key: string;
  readonly person: Recipient;
  readonly urgency: Urgency;
  /** One or more, the next first. */
  readonly warnings: readonly NamedWarning[];
  readonly now: Instant;
  /** How people reach the API, without a slash at the end. */
  readonly publicUrl: string;
}

/** To the second, as in every message. */
function moment(at: Instant): string {
  return `${toIso(at).slice(0, 19)}Z`;
}

function titleOf({ name, scheduleName, from }: NamedWarning): string {
  const who = name === null ? 'Nobody is' : `${name} cannot be paged, and is`;
  return oneLine(`${who} on call in ${scheduleName} from ${moment(from)}`);
}

function lineOf(warning: NamedWarning): string {
  const { name, to, why } = warning;
  const reason = name === null ? '' : `: ${why}`;
  return oneLine(`${titleOf(warning)} to ${moment(to)}${reason}`);
}

const says = 'A page by this schedule would reach nobody then, and the escalation would go on.';
const todo =
  'Have somebody else take the shift (an override, a swap), or have its person add and verify a way to be reached.';

/** The message that tells of warnings, in every form that a channel may need. */
export function onCallWarningMessage(occasion: WarningOccasion): OutboundMessage {
  const { key, person, urgency, warnings, now, publicUrl } = occasion;
  const heading = 'On-call warning';
  const [first] = warnings;
  const title =
    first !== undefined && warnings.length === 1
      ? titleOf(first)
      : `${warnings.length} times on call in which a page would reach nobody`;
  const told = warnings.map(lineOf);
  const url = `${publicUrl}/api/v1/on-call/warnings`;
  const lines = [...told, says, todo, url];
  return {
    key,
    person,
    content: {
      ...{ number: 'On call', heading, title, rows: [], says, quote: told, todo, answers: [] },
      ...{ url, urgency },
    },
    subject: `[Provisor] ${heading}: ${title}`,
    text: `${lines.join('\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}</body></html>\n`,
    event: {
      specversion: '1.0',
      id: key,
      source: publicUrl,
      type: 'provisor.onCall.warned.v1',
      subject: 'on-call',
      time: toIso(now),
      datacontenttype: 'application/json',
      data: {
        message: 'onCallWarning',
        warnings: warnings.map(
          ({ schedule, scheduleName, person: whose, name, why, from, to }) => ({
            ...{ schedule, scheduleName, person: whose, name, why },
            from: toIso(from),
            to: toIso(to),
          }),
        ),
        url,
      },
    },
  };
}
