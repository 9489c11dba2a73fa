import { readDeliveryStatus } from './deliveryStatus.ts';

const report = (...recipients: string[]): string =>
  ['Reporting-MTA: dns; mx.example.org', ...recipients].join('\r\n\r\n');
const failed =
  'Final-Recipient: rfc822; ann@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no\r\n such user';
const late = 'Final-Recipient: rfc822; bob@example.org\r\nAction: delayed\r\nStatus: 4.4.1';

test.each([
  ['a failure, with what the server said', report(failed), 'failed', /5\.1\.1 550 no such user/],
  ['a delay', report(late), 'delayed', /4\.4\.1/],
  ['one failure among several', report(late, failed), 'failed', /5\.1\.1/],
  ['anything else', report('Action: relayed\r\nStatus: 2.0.0'), 'other', /2\.0\.0/],
])('a report tells of %s', (_what, text, action, reason) => {
  expect(readDeliveryStatus(text)).toEqual({
    action,
    reason: expect.stringMatching(reason) as string,
  });
});

test.each([
  ['nothing', ''],
  ['no recipient', report()],
  ['garbage', ':::\n\n:\n'],
])('a report of %s tells nothing', (_what, text) => {
  expect(readDeliveryStatus(text)).toBeUndefined();
});

test('what a server said stays one line that can be stored, whatever it holds', () => {
  const hostile = failed.replace('no\r\n such user', 'a\u0000b\u202Ec\uD800');
  expect(readDeliveryStatus(report(hostile))?.reason).toBe(
    'returned by a mail server: 5.1.1 550 a b c\uFFFD',
  );
});

test('of a report of millions of groups the beginning is read', () => {
  const flood = 'a:b\n\n'.repeat(2_000_000);
  expect(readDeliveryStatus(`${flood}${failed}`)).toBeUndefined();
  expect(readDeliveryStatus(`${failed}\r\n\r\n${flood}`)).toMatchObject({ action: 'failed' });
});
