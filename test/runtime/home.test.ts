import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { lockHome, openHomeTo, prepareHome } from '../../runtime/home.ts';
import { listenTrouble, rememberedPorts, requirePort } from '../../runtime/ports.ts';
import { createReporter } from '../../runtime/progress.ts';
import { blockedAt, nobody } from '../../runtime/reach.ts';
import { readOrMakeSecret } from '../../runtime/secrets.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'provisor-home-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const stranger = { uid: 54_321, gid: 54_321 };

function listen(): Promise<{ port: number; close: () => void }> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({ port: (server.address() as AddressInfo).port, close: () => server.close() });
    });
  });
}

/** A reporter whose lines are kept. */
function listening() {
  const lines: string[] = [];
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString().trimEnd());
      done();
    },
  });
  return { lines, report: createReporter(out) };
}

describe('ports', () => {
  test('a taken port is named, with what to do', async () => {
    const { port, close } = await listen();
    await expect(requirePort(port, '127.0.0.1')).rejects.toThrow(
      new RegExp(
        `^Another program listens on port ${port} on 127.0.0.1. Stop it, .* PORT=\\d+ npm`,
      ),
    );
    close();
  });

  test('an address that is not this machine’s is named', async () => {
    await expect(requirePort(8080, '203.0.113.7')).rejects.toThrow(
      /port 8080 on 203.0.113.7.*HOST/,
    );
  });

  test('ports are remembered, and replaced only when another program has taken them', async () => {
    const file = join(folder, 'ports.json');
    const first = await rememberedPorts(file, ['a', 'b']);
    expect(first.a).not.toBe(first.b);
    const more = await rememberedPorts(file, ['a', 'b', 'c']);
    expect(more).toMatchObject(first);

    const taker = createServer();
    await new Promise<void>((done) => taker.listen(first.a, '127.0.0.1', done));
    const then = await rememberedPorts(file, ['a', 'b']);
    expect(then.b).toBe(first.b);
    expect(then.a).not.toBe(first.a);
    expect(await listenTrouble(then.a)).toBeUndefined();
    taker.close();
  });
});

describe('the way for another user', () => {
  test('the first closed folder is named', () => {
    const closed = join(folder, 'closed');
    mkdirSync(join(closed, 'home'), { recursive: true });
    chmodSync(folder, 0o711);
    chmodSync(join(closed, 'home'), 0o755);
    chmodSync(closed, 0o700);
    expect(blockedAt(join(closed, 'home'), stranger)).toBe(closed);
    expect(() => {
      openHomeTo(join(closed, 'home'), stranger);
    }).toThrow(
      new RegExp(
        `user 54321, who cannot enter ${closed}.\n.*PROVISOR_HOME=.*\n.*chmod o\\+x ${closed};`,
      ),
    );
    chmodSync(closed, 0o711);
    expect(blockedAt(join(closed, 'home'), stranger)).toBeUndefined();
  });

  test('the owner and the group have bits of their own', () => {
    chmodSync(folder, 0o701);
    const { uid, gid } = statSync(folder);
    expect(blockedAt(folder, stranger)).toBeUndefined();
    if (uid === 0) expect(blockedAt(folder, { uid: 54_321, gid })).toBe(folder);
    chmodSync(folder, 0o010);
    expect(blockedAt(folder, nobody)).toBe(folder);
    expect(blockedAt(folder, { uid: 54_321, gid })).toBeUndefined();
    chmodSync(folder, 0o700);
  });

  test('a closed home is opened for passing through, not for listing', () => {
    chmodSync(folder, 0o700);
    openHomeTo(folder, stranger);
    expect(statSync(folder).mode & 0o777).toBe(0o711);
  });
});

describe('a home', () => {
  test('a second start on it is told of the first', async () => {
    prepareHome(folder);
    const { report } = listening();
    const release = await lockHome(folder, report);
    await expect(lockHome(folder, report)).rejects.toThrow(
      `Provisor already runs on ${folder} (pid ${process.pid}).`,
    );
    await release();
    await (
      await lockHome(folder, report)
    )();
  });

  test('the lock that a killed Provisor left counts no more after a few seconds', async () => {
    prepareHome(folder);
    mkdirSync(join(folder, 'lock'));
    const { lines, report } = listening();
    const release = await lockHome(folder, report);
    expect(lines.join('\n')).toContain('waiting for the lock that a killed Provisor left');
    await release();
  });

  test('a folder that cannot be one is named', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => {
      prepareHome(join(folder, 'file', 'home'));
    }).toThrow(/^This user cannot write to .*file\/home \(ENOTDIR\)\..*PROVISOR_HOME=/);
  });

  test('a secret is made once, for its owner alone', () => {
    const file = join(folder, 'secret');
    const secret = readOrMakeSecret(file);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(readOrMakeSecret(file)).toBe(secret);
    expect(readFileSync(file, 'utf8')).toBe(secret);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('progress', () => {
  test('a short wait is not spoken of; a long one is named with its time', async () => {
    const { lines, report } = listening();
    await report.wait('the quick', () => Promise.resolve());
    expect(lines).toEqual([]);
    await report.wait('the slow', async (detail) => {
      detail('half');
      await new Promise((done) => setTimeout(done, 3_300));
    });
    expect(lines[0]).toMatch(/^waiting for the slow \([23] s: half\)$/);
    expect(lines[1]).toBe('the slow: done after 3 s');
    expect(lines).toHaveLength(2);
  });
});
