import { parseMail } from './mail.ts';

const lines = (...all: string[]): string =>
  Buffer.from(all.join('\r\n'), 'utf8').toString('latin1');

test('of a mail with alternatives the plain text is shown, its encoding undone', () => {
  const raw = lines(
    'Subject: =?UTF-8?Q?Page,_f=C3=BCr?= =?UTF-8?B?IEFkYQ==?=',
    'X-Provisor-Key: INC-1/2/0',
    'Content-Type: multipart/alternative;',
    ' boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'F=C3=BCr dich: http://localhost/a/=',
    'token',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>no</p>',
    '--b--',
  );
  expect(parseMail(raw, 1, 0, 'ada@shop.example')).toEqual({
    id: 1,
    at: 0,
    to: 'ada@shop.example',
    subject: 'Page, für Ada',
    key: 'INC-1/2/0',
    text: 'Für dich: http://localhost/a/token',
  });
});

test('a mail without a subject or a body is shown as one', () => {
  expect(parseMail('From: x', 2, 0, 'a')).toMatchObject({ subject: '(no subject)', text: '' });
});
