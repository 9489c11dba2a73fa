import { createHash } from 'node:crypto';
import type { InputIssue } from '../domain/errors.ts';
import { escapeHtml } from '../domain/html.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { LinkOutcome, LinkReading, LinkSubject } from '../records/links.ts';
import { isPageAnswer } from '../records/pageAnswers.ts';
import type { PageAnswer } from '../records/pageAnswers.ts';
import { answerForms } from './answerForms.ts';

const style = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 36rem; padding: 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
time { white-space: nowrap; }
[role=status], [role=alert] { border-left: 0.25rem solid; padding: 0.5rem 0.75rem; }
details { border-top: 1px solid color-mix(in srgb, currentcolor 25%, transparent); }
summary { cursor: pointer; font-weight: 600; padding: 0.75rem 0; }
form { padding-bottom: 1rem; }
label { display: block; margin-bottom: 0.75rem; }
input, select, textarea, button { display: block; font: inherit; width: 100%; min-height: 3rem; padding: 0.5rem 0.75rem; }
button { cursor: pointer; font-weight: 600; }
button.first { background: #0b57d0; border: 0; border-radius: 0.5rem; color: #fff; min-height: 3.5rem; }
`;

/** Nothing but the page's own style and its one form. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface Page {
  readonly status: number;
  readonly html: string;
}

/** To the second, in UTC: the reader may sit anywhere. */
function moment(at: Instant): string {
  const iso = toIso(at);
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}

function page(status: number, title: string, body: string): Page {
  return {
    status,
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`,
  };
}

function message(status: number, heading: string, text: string): Page {
  return page(
    status,
    heading,
    `<h1>${escapeHtml(heading)}</h1>\n<p role="status">${escapeHtml(text)}</p>`,
  );
}

const done: Readonly<Record<PageAnswer, string>> = {
  acknowledge: 'acknowledged',
  snooze: 'snoozed',
  escalate: 'next step paged',
  take: 'taken',
  assign: 'assigned',
  note: 'note added',
  resolve: 'resolved',
};

/** One of the answers that the page's person gave to it. */
function answered({ answer, at }: LinkSubject['given'][number]): string {
  return `${isPageAnswer(answer) ? done[answer] : escapeHtml(answer)} at ${moment(at)}`;
}

function facts(subject: LinkSubject): string {
  const { number, priority, state, stateMeans, service, assignee, openedAt, given } = subject;
  const rows = [
    ['Number', escapeHtml(number)],
    ['Priority', priority === null ? 'none' : String(priority)],
    ['State', escapeHtml(stateMeans === '' ? state : `${state}: ${stateMeans}`)],
    ['Service', escapeHtml(service)],
    ['Assigned to', assignee === null ? 'nobody' : escapeHtml(assignee)],
    ['Open since', moment(openedAt)],
    ...(given.length === 0 ? [] : [['Answered', given.map(answered).join('<br>')]]),
  ];
  return `<dl>\n${rows.map(([name, value]) => `<dt>${name ?? ''}</dt><dd>${value ?? ''}</dd>`).join('\n')}\n</dl>`;
}

/** The record as it is now, what came of an answer, and what can be answered. */
function about(
  status: number,
  subject: LinkSubject,
  says: string,
  rewriting?: Parameters<typeof answerForms>[1],
): Page {
  const { number, title, person, offers } = subject;
  const parts = [
    `<h1>${escapeHtml(number)}: ${escapeHtml(title)}</h1>`,
    says,
    facts(subject),
    offers.length === 0 ? '' : `<p>You answer as ${escapeHtml(person)}.</p>`,
    answerForms(subject, rewriting),
    subject.gives === null
      ? ''
      : '<p>For other answers open “More answers” in the same message.</p>',
  ];
  return page(status, `${number}: ${title}`, parts.filter((part) => part !== '').join('\n'));
}

/** @param more what matters less @returns HTML, of which both are a part */
function note(text: string, more = ''): string {
  return `<p role="status"><strong>${text}</strong>${more}</p>`;
}

/** Nothing can be answered any more: also not by the other link of the message. */
function ended(subject: LinkSubject): LinkSubject {
  return { ...subject, gives: null };
}

function acknowledgedBy({ answer }: LinkSubject): string {
  return answer === null
    ? ''
    : ` It was acknowledged by ${escapeHtml(answer.by)} at ${moment(answer.at)}.`;
}

/** Who owns a record says nothing of whether somebody has seen it. */
function stillPages({ answer }: LinkSubject): string {
  return answer === null ? ' The escalation goes on until somebody acknowledges it.' : '';
}

/** What a record says of an answer that it took. */
function thanks(answer: PageAnswer, subject: LinkSubject): string {
  switch (answer) {
    case 'acknowledge':
      return subject.answer === null
        ? 'Thank you: it is noted. Somebody else must acknowledge it too before the escalation stops.'
        : 'Thank you: it is acknowledged, and the escalation stops.';
    case 'snooze':
      return 'Thank you: the escalation stops, and you are paged again later.';
    case 'escalate':
      return 'The next step is paged now.';
    case 'take':
      return `Thank you: it is yours.${stillPages(subject)}`;
    case 'assign':
      return `Thank you: it is assigned.${stillPages(subject)}`;
    case 'note':
      return 'Thank you: the note is kept.';
    case 'resolve':
      return 'Thank you: it is resolved.';
  }
}

function refused(issues: readonly InputIssue[]): string {
  const items = issues.map(
    ({ pointer, detail }) => `<li>${escapeHtml(`${pointer.slice(1)} ${detail}`)}</li>`,
  );
  return `<div role="alert"><strong>Nothing has changed:</strong><ul>${items.join('')}</ul></div>`;
}

/** The page for a link as it stands, or for what came of using it. */
export function answerPage(result: LinkReading | LinkOutcome): Page {
  switch (result.kind) {
    case 'open':
      return about(
        200,
        result.subject,
        result.subject.answer === null ? '' : note(acknowledgedBy(result.subject).trim()),
      );
    case 'given':
      return about(200, result.subject, note(thanks(result.answer, result.subject)));
    case 'refused':
      return about(422, result.subject, refused(result.issues), result);
    case 'over': {
      const left = result.subject.offers.length === 0;
      const says = left ? 'Nothing is left to do.' : 'That is not possible any more.';
      return about(200, ended(result.subject), note(`${says}${acknowledgedBy(result.subject)}`));
    }
    case 'used':
      return about(
        200,
        result.subject,
        note(
          `You gave this answer already: a page takes each once.${acknowledgedBy(result.subject)}`,
        ),
      );
    case 'elsewhere':
      return about(
        410,
        result.subject,
        note(
          'This link was used already, and answers only in the browser where it was.',
          `${acknowledgedBy(result.subject)} To go on here, use another message about it, or answer with your own key.`,
        ),
      );
    case 'notOffered':
      return about(
        403,
        result.subject,
        note('Nothing has changed: this link does not give that answer.'),
      );
    case 'overtaken':
      return about(
        410,
        ended(result.subject),
        note(
          'This link belongs to an earlier page, which is over. The record needs an answer again: use the newest message, or acknowledge it with your own key.',
        ),
      );
    case 'expired':
      return message(
        410,
        'This link has expired',
        'Look for a newer message, or acknowledge the record with your own key.',
      );
    case 'notAllowed':
      return message(
        403,
        'You cannot answer with this link',
        'The policy no longer has you as an active person. Ask the service desk.',
      );
    case 'invalid':
      return message(
        404,
        'This link is not valid',
        'Open it exactly as it stands in the message: a part of it may be missing.',
      );
  }
}

/** For what was sent to the page and cannot be read. */
export function unreadablePage(status: number): Page {
  return message(
    status,
    'This cannot be read',
    'Nothing has changed. Open the link again and answer with what the page offers, in fewer words.',
  );
}

/** For a fault: nothing is known of what happened, and trying again does no harm. */
export function faultPage(): Page {
  return message(
    503,
    'Provisor cannot answer just now',
    'Try again in a moment: to answer twice does no harm.',
  );
}
