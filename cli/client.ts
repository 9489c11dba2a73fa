import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Problem } from '../api/contract.ts';
import { exitCodeOf, exitCodes, Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';

export const DEFAULT_URL = 'http://127.0.0.1:8080';

const ANSWER_WITHIN_MS = 30_000;
/** How long to wait before each further attempt. */
const WAIT_MS = [300, 1_000, 2_000, 4_000];

export interface ClientOptions {
  readonly url?: string | undefined;
  readonly terminal: Terminal;
}

export interface PostOptions {
  readonly idempotencyKey?: string | undefined;
  readonly ifMatch?: string | undefined;
}

export interface UploadedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
}

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** The API as the commands use it. Every refusal is thrown as a `Failure`. */
export interface Client {
  get(path: string): Promise<unknown>;
  /** Sends with an Idempotency-Key, and again with the same one when the answer got lost. A text is sent as YAML. */
  post(path: string, body: object | string, options?: PostOptions): Promise<unknown>;
  /** Replaces what is there; repeated when the answer got lost. */
  put(path: string, body: object, options?: Pick<PostOptions, 'ifMatch'>): Promise<unknown>;
  delete(path: string): Promise<unknown>;
  /** The bytes of an answer, whatever they are. */
  bytes(path: string): Promise<Buffer>;
  /** Sends a file as it is; otherwise like `post`. */
  upload(path: string, file: UploadedFile, options?: PostOptions): Promise<unknown>;
}

function baseUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new Failure(`"${given}" is no http or https address`, exitCodes.usage);
  }
  return url.href.replace(/\/+$/, '');
}

function apiKey(env: NodeJS.ProcessEnv): string {
  const file = env['PROVISOR_KEY_FILE'];
  const given = env['PROVISOR_KEY'] ?? '';
  if (given !== '') return given.trim();
  if (file === undefined || file === '') {
    throw new Failure(
      'No API key: set PROVISOR_KEY, or PROVISOR_KEY_FILE to the file that holds it. "provisor start" shows the first one.',
      exitCodes.auth,
    );
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Failure(
      `PROVISOR_KEY_FILE cannot be read: ${(error as Error).message}`,
      exitCodes.auth,
    );
  }
}

function codeOf(error: unknown): string | undefined {
  const { cause } = error as { cause?: { code?: string; errors?: { code?: string }[] } };
  return cause?.code ?? cause?.errors?.[0]?.code;
}

/** The problem in words, with what is wrong where. */
function inWords(status: number, problem: Partial<Problem>): string {
  const lines = [problem.detail ?? problem.title ?? `The server answered ${status}.`];
  for (const { pointer, parameter, header, detail } of problem.errors ?? []) {
    const place = pointer ?? parameter ?? header ?? '';
    if (!lines[0]?.includes(detail)) lines.push(`  ${place}: ${detail}`);
  }
  if (status >= 500 && problem.traceId !== undefined) lines.push(`  trace id ${problem.traceId}`);
  return lines.join('\n');
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  const json = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
  if (response.ok && json) return JSON.parse(text);
  if (response.ok) {
    throw new Failure(
      `${response.url} answered with something else than JSON: is it Provisor's address?`,
    );
  }
  const problem = (json ? JSON.parse(text) : {}) as Partial<Problem>;
  throw new Failure(
    inWords(response.status, problem),
    exitCodeOf(response.status, problem.type),
    problem.errors,
  );
}

/** @throws Failure when the address or the key is missing or malformed */
export function createClient({ url, terminal }: ClientOptions): Client {
  const { env } = terminal;
  const base = baseUrl(url ?? env['PROVISOR_URL'] ?? DEFAULT_URL);
  const authorization = `Bearer ${apiKey(env)}`;

  const once = (method: string, path: string, init: Sent = {}): Promise<Response> =>
    fetch(`${base}${path}`, {
      ...init,
      method,
      headers: { accept: 'application/json', authorization, ...init.headers },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });

  const unreachable = (error: unknown): Failure => {
    const why = codeOf(error) ?? (error as Error).message;
    return new Failure(
      `The server is not reachable at ${base} (${why}). Start it with "provisor start", or say where it is with --url or PROVISOR_URL.`,
    );
  };

  /** Whether another attempt may help: the answer was lost, or the server asks to come again. */
  const mayRepeat = (outcome: Response | undefined, error: unknown, attempt: number): boolean => {
    if (attempt >= WAIT_MS.length) return false;
    if (outcome !== undefined) return outcome.status === 503;
    // Refused at once: no server, nothing was sent. Later it may be one that starts again.
    return attempt > 0 || codeOf(error) !== 'ECONNREFUSED';
  };

  const again = async (method: string, path: string, init: Sent): Promise<Response> => {
    for (let attempt = 0; ; attempt++) {
      let outcome: Response | undefined;
      let error: unknown;
      try {
        outcome = await once(method, path, init);
      } catch (fault) {
        error = fault;
      }
      if (!mayRepeat(outcome, error, attempt)) {
        if (outcome !== undefined) return outcome;
        throw unreachable(error);
      }
      terminal.err(
        `No answer; trying again with the same key (${attempt + 1} of ${WAIT_MS.length}).\n`,
      );
      await terminal.sleep(WAIT_MS[attempt] ?? 0);
    }
  };

  const answered = (method: string, path: string): Promise<Response> =>
    once(method, path).catch((error: unknown) => {
      throw unreachable(error);
    });
  const single = async (method: string, path: string): Promise<unknown> =>
    read(await answered(method, path));

  return {
    get: (path) => single('GET', path),
    delete: (path) => single('DELETE', path),
    async bytes(path) {
      const response = await answered('GET', path);
      if (!response.ok) await read(response);
      return Buffer.from(await response.arrayBuffer());
    },
    async upload(path, { bytes, mediaType }, { idempotencyKey = randomUUID() } = {}) {
      const headers = { 'content-type': mediaType, 'idempotency-key': idempotencyKey };
      return read(await again('POST', path, { headers, body: bytes }));
    },
    async put(path, body, { ifMatch } = {}) {
      const headers = {
        'content-type': 'application/json',
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      };
      return read(await again('PUT', path, { headers, body: JSON.stringify(body) }));
    },
    async post(path, body, { idempotencyKey = randomUUID(), ifMatch } = {}) {
      const headers = {
        'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json',
        'idempotency-key': idempotencyKey,
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      };
      return read(
        await again('POST', path, {
          headers,
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      );
    },
  };
}
