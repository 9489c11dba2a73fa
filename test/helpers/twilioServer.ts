import { createHmac } from 'node:crypto';
import { startProvider } from './provider.ts';
import type { Provider, ProviderAnswer } from './provider.ts';

export interface TwilioAccount {
  readonly sid: string;
  readonly authToken: string;
  readonly from: string;
}

/** A request that the provider makes, with the signature that it sends in X-Twilio-Signature. */
export interface CallBack {
  readonly address: string;
  readonly parameters: URLSearchParams;
  readonly signature: string;
}

export interface TwilioServer extends Provider {
  /** The parameters of each, by its id. */
  readonly messages: Map<string, URLSearchParams>;
  readonly calls: Map<string, URLSearchParams>;
  /** Numbers whose owners sent STOP. */
  readonly unsubscribed: Set<string>;
  /** What it would post to an address that it was given. */
  callBack(address: string, parameters: Readonly<Record<string, string>>): CallBack;
}

/** Whether a text is well-formed XML: balanced elements, quoted attributes, known entities, characters that XML 1.0 has. */
export function isWellFormed(xml: string): boolean {
  if (/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(xml)) return false;
  if (/&(?!(amp|lt|gt|quot|apos|#\d+);)/.test(xml)) return false;
  const open: string[] = [];
  const rest = xml
    .replace(/^<\?xml [^?]*\?>/, '')
    .replace(/<(\/?)([A-Za-z]+)((?: [A-Za-z]+="[^"<]*")*)>/g, (_, close: string, name: string) => {
      if (close === '') open.push(name);
      else if (open.pop() !== name) open.push('unbalanced', name);
      return '';
    });
  return open.length === 0 && !/[<>]/.test(rest);
}

function error(code: number, message: string): ProviderAnswer {
  return { status: 400, body: { code, message, more_info: '', status: 400 } };
}

/** Twilio's REST API, as far as messages and calls go. */
export async function startTwilioServer(account: TwilioAccount): Promise<TwilioServer> {
  const messages: TwilioServer['messages'] = new Map();
  const calls: TwilioServer['calls'] = new Map();
  const unsubscribed = new Set<string>();
  const basic = Buffer.from(`${account.sid}:${account.authToken}`).toString('base64');

  function make(kind: 'SM' | 'CA', made: Map<string, URLSearchParams>, form: URLSearchParams) {
    const sid = `${kind}${String(made.size + 1).padStart(32, '0')}`;
    made.set(sid, form);
    return { status: 201, body: { sid, status: 'queued', to: form.get('To') } };
  }

  function message(form: URLSearchParams): ProviderAnswer {
    const body = form.get('Body') ?? '';
    if (body === '') return error(21602, 'Message body is required');
    if (body.length > 1_600) return error(21617, 'The concatenated message body exceeds the limit');
    if (unsubscribed.has(form.get('To')!))
      return error(21610, 'Attempt to send to unsubscribed recipient');
    return make('SM', messages, form);
  }

  function call(form: URLSearchParams): ProviderAnswer {
    const twiml = form.get('Twiml') ?? '';
    if (twiml === '' || twiml.length > 4_000) return error(21205, 'Url or Twiml is required');
    return isWellFormed(twiml) ? make('CA', calls, form) : error(12100, 'Document parse failure');
  }

  const provider = await startProvider((request) => {
    if (request.headers.authorization !== `Basic ${basic}`)
      return { status: 401, body: { code: 20003, message: 'Authenticate', status: 401 } };
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded')
      return { status: 415 };
    const form = new URLSearchParams(request.body);
    if (form.get('From') !== account.from)
      return error(21606, `${form.get('From') ?? ''} is not yours`);
    if (!/^\+[1-9]\d{1,14}$/.test(form.get('To') ?? '')) return error(21211, 'Invalid To');
    if (!URL.canParse(form.get('StatusCallback') ?? ''))
      return error(21609, 'Invalid StatusCallback');
    const base = `/2010-04-01/Accounts/${account.sid}`;
    if (request.path === `${base}/Messages.json`) return message(form);
    if (request.path === `${base}/Calls.json`) return call(form);
    return { status: 404, body: { code: 20404, status: 404 } };
  });

  return Object.assign(provider, {
    messages,
    calls,
    unsubscribed,
    callBack(address: string, parameters: Readonly<Record<string, string>>): CallBack {
      const names = Object.keys(parameters).sort();
      const text = address + names.map((name) => `${name}${parameters[name]!}`).join('');
      const signature = createHmac('sha1', account.authToken).update(text).digest('base64');
      return { address, parameters: new URLSearchParams(parameters), signature };
    },
  });
}
