import { createTransport } from 'nodemailer';
import { pino } from 'pino';
import { startMailListener } from '../../api/mail/listener.ts';
import type { MailListener } from '../../api/mail/listener.ts';
import { writeRules } from '../../db/notificationRules.ts';
import { systemActor } from '../../domain/actor.ts';
import { fromIso } from '../../domain/time.ts';
import { commit } from '../../records/commit.ts';
import { messageId } from '../../records/messageId.ts';
import { allHaveLooked, goesAtOnce } from '../helpers/atOnce.ts';
import { verifiedMethod } from '../helpers/contactMethods.ts';
import { SECRET, startApi } from './support.ts';
import type { TestApi } from './support.ts';

const HOST = 'itsm.example.org';
const now = fromIso('2026-11-23T03:00:00Z');

let api: TestApi;
let listener: MailListener;
beforeAll(async () => {
  api = await startApi(() => now);
  listener = await startMailListener({
    engine: api.engine,
    logger: pino({ level: 'silent' }),
    host: '127.0.0.1',
    port: 0,
    isRelay: () => true,
    messageIds: { host: HOST, secrets: [SECRET] },
  });
});
afterAll(async () => {
  await listener.close();
  await api.stop();
});

/** A page to Ann by mail, which the mail server took, and by SMS an hour later. @returns the keys of both */
async function pagedByMail(): Promise<{ mail: string; sms: string }> {
  const method = await verifiedMethod(api.pool, 'ann', 'sms', '+491701234567');
  const interrupting = [{ method: 'policy-email' }, { method, after: '1h' }];
  await writeRules(api.pool, 'ann', { interrupting }, 0, 'test', now);
  const number = await api.open();
  const step = { escalation: 'e', rule: 'r', people: ['ann'] };
  await commit(api.engine, number, 'page', step, { actor: systemActor('e', 'main'), now });
  const [mail, sms] = [`${number}/2/0`, `${number}/2/1`];
  await api.pool.query(
    `insert into deliveries (effect_key, number, organisation, person, channel, attempt, started_at, outcome)
     values ($1, $2, 'main', 'ann', 'email', 1, now(), 'accepted')`,
    [mail, number],
  );
  await api.pool.query("update effects set state = 'done', finished_at = now() where key = $1", [
    mail,
  ]);
  return { mail, sms };
}

/** What a mail server sends back for a mail of ours that it cannot deliver. */
async function comesBack(key: string): Promise<void> {
  const raw = [
    ...['From: MAILER-DAEMON@mx.example.org', 'Subject: Undelivered Mail'],
    'Message-ID: <report@mx.example.org>',
    ...['Content-Type: multipart/report; report-type=delivery-status; boundary=b', ''],
    ...['--b', 'Content-Type: message/delivery-status', ''],
    ...['Reporting-MTA: dns; mx.example.org', ''],
    ...['Final-Recipient: rfc822; ann@example.org', 'Action: failed', 'Status: 5.1.1'],
    ...['--b', 'Content-Type: message/rfc822', ''],
    ...[`Message-ID: ${messageId(SECRET, key, HOST)}`, '', 'text', '--b--', ''],
  ].join('\r\n');
  const transport = createTransport({ host: '127.0.0.1', port: listener.port, ignoreTLS: true });
  await transport.sendMail({ envelope: { from: '', to: 'desk@example.org' }, raw });
  transport.close();
}

test('a page whose mail comes back goes by the next way of its person at once', async () => {
  const { mail, sms } = await pagedByMail();
  expect(await goesAtOnce(api.pool, sms)).toBe(false);
  await allHaveLooked(api.pool);
  await comesBack(mail);
  expect(await goesAtOnce(api.pool, sms)).toBe(true);
});
