import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import type { OutboundMessage } from '../../channels/channel.ts';
import { createEmailChannel } from '../../channels/email.ts';
import { failure } from '../helpers/failure.ts';
import { messageTo } from '../helpers/message.ts';

const SECRET = 's'.repeat(40);
const never = new AbortController().signal;
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A real mail server on loopback. */
async function mailServer(
  options: SMTPServerOptions = {},
): Promise<{ url: string; mails: string[]; recipients: string[] }> {
  const mails: string[] = [];
  const recipients: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 50,
    onData(stream, session, done) {
      recipients.push(...session.envelope.rcptTo.map(({ address }) => address));
      text(stream).then(
        (mail) => {
          mails.push(mail);
          done();
        },
        (error: unknown) => {
          done(error as Error);
        },
      );
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  closing.push(
    () =>
      new Promise((closed) => {
        server.close(closed);
      }),
  );
  const { port } = server.server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, mails, recipients };
}

function send(smtpUrl: string, change: Partial<OutboundMessage> = {}, timeLimitMs = 2_000) {
  const channel = createEmailChannel({
    smtpUrl,
    from: 'Provisor <provisor@example.org>',
    publicUrl: 'https://desk.example.org',
    secret: SECRET,
    timeLimitMs,
  });
  return channel.send({ ...messageTo('ann@example.org'), ...change }, never);
}

function headerLines(mail: string | undefined): string[] {
  return (mail ?? '')
    .split(/\r?\n\r?\n/)[0]!
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n/);
}

function header(mail: string | undefined, name: string): string[] {
  const start = `${name.toLowerCase()}:`;
  return headerLines(mail)
    .filter((line) => line.toLowerCase().startsWith(start))
    .map((line) => line.slice(start.length).trim());
}

test('a mail arrives with plain text and HTML', async () => {
  const { url, mails, recipients } = await mailServer();
  expect((await send(url)).detail).toMatch(/^250 /);
  expect(recipients).toEqual(['ann@example.org']);
  expect(header(mails[0], 'To')).toEqual(['Ann <ann@example.org>']);
  expect(header(mails[0], 'Subject')).toEqual(['[INC-7] Page, priority 1: Web shop is down']);
  expect(mails[0]).toContain('text/plain');
  expect(mails[0]).toContain('text/html');
});

test('repeats carry the same Message-ID, and the mails of a record are one conversation', async () => {
  const { url, mails } = await mailServer();
  await send(url);
  await send(url);
  await send(url, { key: 'INC-7/9/1' });
  const ids = mails.map((mail) => header(mail, 'Message-ID')[0]);
  const mark = '[0-9a-f]{32}';
  expect(ids[0]).toMatch(new RegExp(`^<INC-7\\.3\\.0\\.${mark}@desk\\.example\\.org>$`));
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).toMatch(new RegExp(`^<INC-7\\.9\\.1\\.${mark}@desk\\.example\\.org>$`));
  expect(mails.map((mail) => header(mail, 'X-Provisor-Key')[0])).toEqual([
    'INC-7/3/0',
    'INC-7/3/0',
    'INC-7/9/1',
  ]);
  for (const name of ['References', 'In-Reply-To']) {
    expect(mails.map((mail) => header(mail, name)[0])).toEqual(
      Array(3).fill('<INC-7@desk.example.org>'),
    );
  }
});

test.each(['\r\n', '\n', '\r', '\u2028', '\u0085', '\r\n\t', '%0d%0a'])(
  'a subject or name with %j begins no header of its own',
  async (separator) => {
    const { url, mails, recipients } = await mailServer();
    const evil = `x${separator}Bcc: eve@example.org${separator}${separator}body`;
    await send(url, {
      subject: evil,
      person: { name: evil, address: 'ann@example.org' },
    });
    expect(recipients).toEqual(['ann@example.org']);
    expect(header(mails[0], 'Bcc')).toEqual([]);
    expect(header(mails[0], 'Subject')).toEqual([
      separator.startsWith('%') ? evil : 'x Bcc: eve@example.org body',
    ]);
    expect(header(mails[0], 'To')).toHaveLength(1);
  },
);

function refusing(responseCode: number): SMTPServerOptions {
  return {
    onRcptTo(_address, _session, done) {
      done(Object.assign(new Error('no'), { responseCode }));
    },
  };
}

test.each([
  [421, true],
  [450, true],
  [452, true],
  [550, false],
  [553, false],
])('after %i a repeat makes sense: %s', async (code, retryable) => {
  const { url } = await mailServer(refusing(code));
  expect(await failure(send(url))).toMatchObject({ retryable, name: 'DeliveryError' });
});

test('a password that is refused falls back at once, and is tried again until the operator mends it', async () => {
  const { url } = await mailServer({
    disabledCommands: ['STARTTLS'],
    onAuth(_credentials, _session, done) {
      done(Object.assign(new Error('no'), { responseCode: 535 }));
    },
  });
  const error = await failure(send(`${url.replace('//', '//provisor:canary@')}?requireTLS=false`));
  expect(error).toMatchObject({ retryable: true, noDelivery: true });
  expect(error.message).not.toContain('canary');
});

test('a password does not leave the house when STARTTLS was taken out of the greeting, unless the address says so', async () => {
  const passwords: unknown[] = [];
  const { url, mails } = await mailServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ password }, _session, done) {
      passwords.push(password);
      done(null, { user: 'provisor' });
    },
  });
  const withPassword = url.replace('//', '//provisor:canary@');
  const error = await failure(send(withPassword));
  expect(error).toMatchObject({ retryable: true, noDelivery: true });
  expect([passwords, mails]).toEqual([[], []]);
  await send(`${withPassword}?requireTLS=false`);
  expect([passwords, mails.length]).toEqual([['canary'], 1]);
});

test('a mail asks programs not to answer it, and servers still to report that it did not arrive', async () => {
  const { url, mails } = await mailServer();
  await send(url);
  expect(header(mails[0], 'Auto-Submitted')).toEqual(['auto-generated']);
  const [suppressed = ''] = header(mails[0], 'X-Auto-Response-Suppress');
  expect(suppressed.split(', ')).toEqual(expect.arrayContaining(['OOF', 'AutoReply']));
  expect(suppressed).not.toMatch(/\b(All|DR|NDR)\b/);
});

test('a mail server that is down is tried again', async () => {
  expect((await failure(send('smtp://127.0.0.1:1'))).retryable).toBe(true);
});

test.each([
  ['says nothing', ''],
  ['greets byte by byte', '2'],
])('a mail server that %s is given up in time', async (_name, bytes) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const timer = setInterval(() => bytes !== '' && socket.write(bytes), 20);
    socket.on('close', () => {
      clearInterval(timer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const began = Date.now();
  const error = await failure(
    send(`smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, {}, 400),
  );
  expect(error).toMatchObject({
    retryable: true,
    message: 'the mail server did not finish within 0.4 s',
  });
  expect(Date.now() - began).toBeLessThan(2_000);
  server.close();
  // The connection was ended, not left behind.
  await once(server, 'close');
});

test.each([
  ['greets in lines without end', '220-welcome\r\n'.repeat(5_000)],
  ['greets in one line without end', 'x'.repeat(64 * 1024)],
])('a mail server that %s is hung up on', async (_name, part) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const more = (): void => {
      if (!socket.destroyed) socket.write(part, more);
    };
    more();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const error = await failure(send(`smtp://127.0.0.1:${port}`, {}, 30_000));
  expect(error).toMatchObject({ retryable: true });
  expect(error.message).toContain('maximum allowed size');
  server.close();
  await once(server, 'close');
});

test('an SMTP_URL that cannot be used is named without its password', () => {
  const make = (): unknown =>
    createEmailChannel({
      smtpUrl: 'user:hunter2@@:x',
      from: 'a@example.org',
      publicUrl: 'https://desk.example.org',
      secret: SECRET,
    });
  expect(make).toThrow(/^SMTP_URL/);
  expect(make).not.toThrow(/hunter2/);
});
