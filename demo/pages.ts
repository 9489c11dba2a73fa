import type { Explanation } from '../records/explanation.ts';
import type { Entry } from '../records/timeline.ts';
import { button, html, moment, page, table } from './html.ts';
import type { Html, Part } from './html.ts';
import type { Mail } from './mail.ts';
import type { Told } from './stage.ts';
import type { Shown } from './view.ts';

function recordLink(number: string): Html {
  return html`<a href="/demo/records/${number}">${number}</a>`;
}

function due({ clocks, state }: Shown, name: string): Part {
  const clock = clocks.find((candidate) => candidate.name === name);
  if (clock === undefined) return '–';
  if (clock.breached) return html`<span class="late">missed</span>`;
  if (clock.stopped) return 'done';
  if (clock.dueAt !== null) return moment(clock.dueAt);
  return state === 'onHold' ? 'paused' : 'done';
}

const steps = html`<ol class="steps">
  <li>
    An alert becomes an incident, and pages who is on call. ${button('fire', 'Send an alert')}
    ${button('end', 'End the latest alert')}
  </li>
  <li>
    The worker dies while the mail server has its page in hand; another worker takes over, and the
    page arrives all the same. ${button('kill', 'Send an alert and kill the worker in mid-send')}
  </li>
  <li>
    Open the page in the inbox and follow its link: one click acknowledges, and the escalation
    stops.
  </li>
  <li>
    The policy changes how soon a P1 must be resolved: the deadlines of open incidents move, and no
    time already used is lost. ${button('policy', 'Edit the policy: 4 h ⇄ 2 h')}
  </li>
  <li>Open an incident and read why everything came out as it did.</li>
</ol>`;

/** The start of the demo. */
export function homePage(view: {
  incidents: readonly Shown[];
  mails: readonly Mail[];
  told: readonly Told[];
}): string {
  const incidents = view.incidents.map((shown) => [
    recordLink(shown.number),
    shown.title,
    shown.priority,
    shown.state,
    shown.answeredBy ?? '–',
    due(shown, 'respond'),
    due(shown, 'resolve'),
  ]);
  const heads = ['Number', 'Title', 'P', 'State', 'Answered by', 'Respond by', 'Resolve by'];
  const mails = view.mails.map(({ id, at, to, subject }) => [
    moment(at),
    to,
    html`<a href="/demo/mails/${id}">${subject}</a>`,
  ]);
  const told = view.told.map(({ at, text }) => [moment(at), text]);
  const body = html`<h1>Provisor in ten minutes</h1>
    ${steps}
    <div id="live">
      <h2>What the demo did</h2>
      ${table('What the demo did', ['When (UTC)', 'What'], told)}
      <h2>Incidents</h2>
      ${table('Incidents', heads, incidents)}
      <h2>Inbox of everybody</h2>
      ${table('Inbox', ['Came (UTC)', 'To', 'Subject'], mails)}
    </div>
    <p>
      The same by API: <a href="/docs">its description</a>, with the admin key that the terminal
      showed at the first start.
    </p>`;
  return page('Start', body);
}

/** @param origin where Provisor's own links begin; no other address becomes a link */
export function mailPage({ at, to, subject, key, text }: Mail, origin: string): string {
  // An effect's key begins with its record's number.
  const [number = ''] = key.split('/');
  const words = text.split(/(https?:\/\/[^\s<>]+)/);
  const linked = words.map((word) =>
    word.startsWith(`${origin}/`) ? html`<a href="${word}">${word}</a>` : word,
  );
  const body = html`<h1>${subject}</h1>
    <dl>
      <dt>To</dt>
      <dd>${to}</dd>
      <dt>Came</dt>
      <dd>${moment(at)} UTC</dd>
      <dt>About</dt>
      <dd>${recordLink(number)}</dd>
      <dt>Key</dt>
      <dd>${key} (a repeat has the same)</dd>
    </dl>
    <pre>${linked}</pre>
    <p><a href="/demo">Back to the inbox</a></p>`;
  return page(subject, body);
}

/** A record, live: its deadlines, its story and the reasons. */
export function recordPage(view: {
  shown: Shown;
  story: readonly Entry[];
  reasons: readonly Explanation[];
}): string {
  const { shown } = view;
  const clocks = shown.clocks.map(({ name }) => [name, due(shown, name)]);
  const story = [...view.story]
    .reverse()
    .map(({ at, summary, actor }) => [
      moment(at),
      summary,
      actor.kind === 'system' ? 'Provisor' : actor.id,
    ]);
  const reasons = view.reasons.filter(({ current }) => current);
  const body = html`<div id="live">
      <h1>${shown.number}: ${shown.title}</h1>
      <dl>
        <dt>State</dt>
        <dd>${shown.state}: ${shown.stateMeans}</dd>
        <dt>Priority</dt>
        <dd>${shown.priority}</dd>
        <dt>Service</dt>
        <dd>${shown.service}</dd>
        <dt>Answered by</dt>
        <dd>${shown.answeredBy ?? 'nobody yet'}</dd>
      </dl>
      <h2>Deadlines (UTC)</h2>
      ${table('Deadlines', ['Clock', 'Due'], clocks)}
      <h2 id="explain">Why</h2>
      <ul>
        ${reasons.map(({ sentence }) => html`<li>${sentence}</li> `)}
      </ul>
      <h2>What happened, the latest first</h2>
      ${table('Timeline', ['When (UTC)', 'What', 'Who'], story)}
    </div>
    ${button('policy', 'Edit the policy: 4 h ⇄ 2 h')}
    <p><a href="/demo">All incidents and the inbox</a></p>`;
  return page(`${shown.number}: ${shown.title}`, body, `/demo/records/${shown.number}/stream`);
}

export function missingPage(): string {
  return page(
    'Not here',
    html`<h1>Not here</h1>
      <p>There is no such page in the demo.</p>`,
  );
}
