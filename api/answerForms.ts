import { escapeHtml } from '../domain/html.ts';
import type { LinkSubject } from '../records/links.ts';
import { ownerText } from '../records/owners.ts';
import type { OwnerTeam } from '../records/owners.ts';
import type { PageAnswer, Written } from '../records/pageAnswers.ts';

/** What was written before and refused: it stands in its form again. */
export interface Rewriting {
  readonly answer: PageAnswer;
  readonly written: Written;
}

const LONGEST_TEXT = 20_000;

function button(answer: PageAnswer, label: string, style = ''): string {
  const of = style === '' ? '' : ` class="${style}"`;
  return `<button type="submit" name="answer" value="${answer}"${of}>${label}</button>`;
}

function textArea(label: string, text: string, required: boolean): string {
  const must = required ? ' required' : '';
  return `<label>${label}<textarea name="text" rows="3" maxlength="${LONGEST_TEXT}"${must}>${escapeHtml(text)}</textarea></label>`;
}

/** From a few minutes to the next morning. */
const pauses: readonly (readonly [minutes: number, label: string])[] = [
  [15, '15 minutes'],
  [30, '30 minutes'],
  [60, '1 hour'],
  [240, '4 hours'],
];

/** A list that a browser searches by what is typed: each team, with its members below it. */
function ownerSelect(owners: readonly OwnerTeam[], chosen: string): string {
  const option = (value: string, label: string): string =>
    `<option value="${escapeHtml(value)}"${value === chosen ? ' selected' : ''}>${escapeHtml(label)}</option>`;
  const groups = owners.map(({ team, name, members }) => {
    const options = [
      option(ownerText(team), `${name}: the team`),
      ...members.map((member) => option(ownerText(team, member.person), member.name)),
    ];
    return `<optgroup label="${escapeHtml(name)}">${options.join('')}</optgroup>`;
  });
  return `<label>To<select name="to" required><option value="">Choose …</option>${groups.join('')}</select></label>`;
}

interface Form {
  /** What the fold that hides it says; one that is a single button has none. */
  readonly summary?: string;
  readonly body: (written: Written, owners: readonly OwnerTeam[]) => string;
}

const forms: Readonly<Record<PageAnswer, Form>> = {
  acknowledge: {
    body: () =>
      `<p>It says that you have seen it, and stops the escalation.</p>${button('acknowledge', 'Acknowledge', 'first')}`,
  },
  snooze: {
    summary: 'Page me again later',
    body: ({ minutes }) => {
      const options = pauses.map(([value, label]) => {
        const chosen = value === minutes ? ' selected' : '';
        return `<option value="${value}"${chosen}>${label}</option>`;
      });
      return `<label>In<select name="minutes">${options.join('')}</select></label>${button('snooze', 'Snooze')}`;
    },
  },
  escalate: {
    summary: 'Page the next step now',
    body: ({ text = '' }) =>
      `${textArea('Why, if there is something to say', text, false)}${button('escalate', 'Escalate now')}`,
  },
  take: {
    summary: 'Assign it to me',
    body: () => `<p>It is yours from then on.</p>${button('take', 'Take it')}`,
  },
  assign: {
    summary: 'Assign it to somebody else',
    body: ({ to = '' }, owners) =>
      `${ownerSelect(owners, to)}<p>They hear of it.</p>${button('assign', 'Assign')}`,
  },
  note: {
    summary: 'Add a note',
    body: ({ text = '' }) =>
      `${textArea('For those inside; the requester does not see it', text, true)}${button('note', 'Add the note')}`,
  },
  resolve: {
    summary: 'Resolve it',
    body: ({ text = '', code = 'fixed' }) =>
      `<label>Code<input name="code" value="${escapeHtml(code)}" maxlength="64" required></label>${textArea('What was done; the requester reads it', text, true)}${button('resolve', 'Resolve')}`,
  },
};

/** A form for each answer, which work without a script. @param rewriting the one that was refused stands open with what was written */
export function answerForms(
  { offers, owners }: Pick<LinkSubject, 'offers' | 'owners'>,
  rewriting?: Rewriting,
): string {
  return offers
    .map((answer) => {
      const again = rewriting?.answer === answer;
      const { summary, body } = forms[answer];
      const form = `<form method="post">${body(again ? rewriting.written : {}, owners)}</form>`;
      if (summary === undefined) return form;
      return `<details${again ? ' open' : ''}><summary>${summary}</summary>${form}</details>`;
    })
    .join('\n');
}
