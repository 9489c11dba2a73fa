/** What a page answered. */
export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** A browser of somebody's: it keeps cookies by their paths, and follows nothing. */
export interface Browser {
  get(path: string, method?: 'GET' | 'HEAD'): Promise<Shown>;
  /** Sends a form; without one the body is empty, as a button outside of a browser sends it. */
  post(path: string, form?: Readonly<Record<string, string>>): Promise<Shown>;
}

function isBelow(path: string, of: string): boolean {
  return path === of || path.startsWith(`${of}/`);
}

/** @param keepsCookies as a browser does unless its owner forbids it */
export function createBrowser(base: string, keepsCookies = true): Browser {
  const jar = new Map<string, string>();

  async function send(path: string, init: RequestInit): Promise<Shown> {
    const kept = [...jar].filter(([of]) => isBelow(path, of)).map(([, cookie]) => cookie);
    const headers: Record<string, string> = kept.length === 0 ? {} : { cookie: kept.join('; ') };
    const response = await fetch(`${base}${path}`, { ...init, headers, redirect: 'error' });
    for (const line of keepsCookies ? response.headers.getSetCookie() : []) {
      const of = /;\s*Path=([^;]*)/i.exec(line)?.[1] ?? '/';
      jar.set(of, line.split(';')[0] ?? '');
    }
    return {
      status: response.status,
      headers: response.headers,
      body: await response.text(),
    };
  }

  return {
    get: (path, method = 'GET') => send(path, { method }),
    post: (path, form) =>
      send(path, {
        method: 'POST',
        ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      }),
  };
}

/** What a browser sends for the form with an answer's button: its fields as they stand, with the first choice of a list, and `text` where something is to be written. */
function formWith(body: string, answer: string, text: string): Record<string, string> {
  const button = `name="answer" value="${answer}"`;
  const form = body
    .match(/<form method="post">.*?<\/form>/gs)
    ?.find((each) => each.includes(button));
  if (form === undefined) throw new Error(`the page has no form that posts "${answer}"`);
  const standing = /<input name="(\w+)" value="([^"]*)"/g;
  const chosen = /<select name="(\w+)".*?<option value="([^"]+)"/gs;
  const written = /<textarea name="(\w+)"/g;
  return Object.fromEntries([
    ['answer', answer],
    ...[standing, chosen].flatMap((each) =>
      [...form.matchAll(each)].map(([, name = '', value = '']) => [name, value]),
    ),
    ...[...form.matchAll(written)].map(([, name = '']) => [name, text]),
  ]) as Record<string, string>;
}

/** Opens a page and presses the button of an answer on it, as a person does. */
export async function press(
  browser: Browser,
  path: string,
  answer: string,
  text: string,
): Promise<Shown> {
  const { body } = await browser.get(path);
  return browser.post(path, formWith(body, answer, text));
}
