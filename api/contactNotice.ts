import { oneLine, escapeHtml } from '../domain/html.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { OutboundMessage } from '../channels/channel.ts';

/** A word to a contact method or a channel itself, about no record. */
export interface Notice {
  /** The same for every repeat, as an effect's key is. */
  readonly key: string;
  readonly kind: string;
  readonly address: string;
  readonly name: string;
  readonly now: Instant;
  readonly publicUrl: string;
  /** The name of who asked for a test of what many people read. */
  readonly askedBy?: string;
  /** Where its person sees their methods, or everybody the channels. */
  readonly path: string;
  /** Six digits; undefined for a test page. */
  readonly code: string | undefined;
}

/** Spoken digit by digit, written as it is typed. */
function shown(code: string, kind: string): string {
  return kind === 'voice' ? code.split('').join(' ') : code;
}

function wordsOf({ code, kind, askedBy }: Notice) {
  return code === undefined
    ? {
        heading: 'Test page',
        title: 'This is how a page reaches you',
        says: `${askedBy === undefined ? 'You, or an admin for you,' : oneLine(askedBy)} asked for it.`,
        todo: 'Nothing is to be done.',
        event: `provisor.${askedBy === undefined ? 'contactMethod' : 'channel'}.tested.v1`,
      }
    : {
        heading: 'Code',
        title: shown(code, kind),
        says: 'It shows that messages to you arrive here, within 10 minutes.',
        todo: 'Enter it where you added this way to reach you. If you did not, do nothing, and give it to nobody.',
        event: 'provisor.contactMethod.codeSent.v1',
      };
}

/** A code or a test page, in every form that a channel may need. */
export function noticeMessage(notice: Notice): OutboundMessage {
  const { key, name, address, now, publicUrl, path, code } = notice;
  const { heading, title, says, todo, event } = wordsOf(notice);
  const url = `${publicUrl}${path}`;
  const lines = [`${heading}: ${title}`, says, todo];
  return {
    key,
    person: { name: oneLine(name), address },
    asksWho: code !== undefined,
    subject: `[Provisor] ${heading}: ${title}`,
    text: `${lines.join('\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}</body></html>\n`,
    content: {
      ...{ number: 'Provisor', heading, title, rows: [], says, quote: [], todo, answers: [], url },
      urgency: code === undefined ? 'interrupting' : 'deferrable',
    },
    event: {
      specversion: '1.0',
      id: key,
      source: publicUrl,
      type: event,
      subject: notice.askedBy === undefined ? 'contact-method' : 'channel',
      time: toIso(now),
      datacontenttype: 'application/json',
      data: { message: heading.toLowerCase(), ...(code === undefined ? {} : { code }) },
    },
  };
}
