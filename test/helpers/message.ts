import type { Content, OutboundMessage } from '../../channels/channel.ts';

/** What a page says. */
function pageContent(change: Partial<Content> = {}): Content {
  return {
    number: 'INC-7',
    heading: 'Page, priority 1',
    title: 'Web shop is down',
    rows: [
      ['Service', 'Web shop'],
      ['Respond by', '2026-03-29T01:15:00Z'],
    ],
    says: 'Nobody has acknowledged this yet.',
    quote: [],
    todo: 'Acknowledge it, which stops the escalation, then begin to work on it.',
    answers: [
      { command: 'acknowledge', label: 'Acknowledge', url: 'https://desk.example.org/a/token' },
      { command: 'escalate', label: 'Escalate', url: undefined },
    ],
    answerUrl: 'https://desk.example.org/a/more',
    url: 'https://desk.example.org/api/v1/incidents/INC-7',
    urgency: 'interrupting',
    ...change,
  };
}

/** A page for one person. */
export function messageTo(
  address: string,
  change: Partial<Omit<OutboundMessage, 'content'>> & { readonly content?: Partial<Content> } = {},
): OutboundMessage {
  return {
    key: 'INC-7/3/0',
    person: { name: 'Ann', address },
    subject: '[INC-7] Page, priority 1: Web shop is down',
    text: 'INC-7: Web shop is down\n',
    html: '<p>INC-7: Web shop is down</p>',
    event: {
      specversion: '1.0',
      id: 'INC-7/3/0',
      source: 'https://desk.example.org',
      type: 'provisor.incident.paged.v1',
      subject: 'INC-7',
      time: '2026-03-29T01:00:00.000Z',
      datacontenttype: 'application/json',
      data: { number: 'INC-7', title: 'Web shop is down – "ä"' },
    },
    ...change,
    content: pageContent(change.content),
  };
}
