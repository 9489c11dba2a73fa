import { createHash } from 'node:crypto';
import { escapeHtml } from '../domain/html.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';
import type { LinkOutcome, LinkReading, LinkSubject } from '../records/links.ts';

const style = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 36rem; padding: 1.5rem 1rem; }
h1 { font-size: 1.4rem; line-height: 1.25; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
button { font: inherit; font-weight: 600; padding: 0.75rem 1.5rem; min-height: 3rem; cursor: pointer; }
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

function facts(subject: LinkSubject): string {
  const { number, priority, state, stateMeans, service, openedAt } = subject;
  const rows = [
    ['Number', escapeHtml(number)],
    ['Priority', priority === null ? 'none' : String(priority)],
    ['State', escapeHtml(stateMeans === '' ? state : `${state}: ${stateMeans}`)],
    ['Service', escapeHtml(service)],
    ['Open since', moment(openedAt)],
  ];
  return `<dl>\n${rows.map(([name, value]) => `<dt>${name ?? ''}</dt><dd>${value ?? ''}</dd>`).join('\n')}\n</dl>`;
}

function about(status: number, subject: LinkSubject, below: string): Page {
  const title = escapeHtml(subject.title);
  const body = `<h1>${escapeHtml(subject.number)}: ${title}</h1>\n${facts(subject)}\n${below}`;
  return page(status, `${subject.number}: ${subject.title}`, body);
}

function note(text: string): string {
  return `<p role="status"><strong>${text}</strong></p>`;
}

function answered({ answer }: LinkSubject): string {
  return answer === null
    ? ''
    : ` It was acknowledged by ${escapeHtml(answer.by)} at ${moment(answer.at)}.`;
}

function form({ person }: LinkSubject): string {
  return `<p>You answer as ${escapeHtml(person)}. It says that you have seen it, and stops the escalation.</p>
<form method="post"><button type="submit">Acknowledge</button></form>`;
}

/** The page for a link as it stands, or for what came of using it. */
export function answerPage(result: LinkReading | LinkOutcome): Page {
  switch (result.kind) {
    case 'ready':
      return about(200, result.subject, form(result.subject));
    case 'acknowledged':
      return about(
        200,
        result.subject,
        note('Thank you: it is acknowledged, and the escalation stops.'),
      );
    case 'alreadyDone':
      return about(200, result.subject, note(`Nothing is left to do.${answered(result.subject)}`));
    case 'used':
      return about(
        410,
        result.subject,
        note(`This link was used already: it answers once.${answered(result.subject)}`),
      );
    case 'overtaken':
      return about(
        410,
        result.subject,
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

/** For a fault: nothing is known of what happened, and trying again does no harm. */
export function faultPage(): Page {
  return message(
    503,
    'Provisor cannot answer just now',
    'Try again in a moment: to answer twice does no harm.',
  );
}
