import type { Stage } from './stage.ts';

/** One POST to our API. @returns the number in the answer @throws Error when it is not 2xx */
export async function callApi({ api }: Stage, path: string, body: unknown): Promise<string> {
  const answer = await fetch(`${api.url}${path}`, {
    method: 'POST',
    headers: { ...api.headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { number: string }).number;
}
