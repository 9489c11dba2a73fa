import type { Answer, TestApi } from './support.ts';

/** 1 June 2026 is a Monday; the clock of these tests stands at noon. */
export const NOON = Date.UTC(2026, 5, 1, 12);

/** Ann and Bob take turns from noon to noon (UTC), Ann first on 1 June 2026. */
export const desk = {
  name: 'Service desk',
  timeZone: 'UTC',
  layers: [
    {
      name: 'noon to noon',
      rotation: { kind: 'daily', handOver: '12:00' },
      start: '2026-06-01',
      people: ['ann', 'bob'],
    },
  ],
};

/** Makes a schedule. @returns its id */
export async function makeSchedule(
  api: TestApi,
  id: string,
  change: Record<string, unknown> = {},
): Promise<string> {
  const answer = await api.call('POST', '/api/v1/schedules', { body: { id, ...desk, ...change } });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return id;
}

/** Who is on call, by the answer of an on-call view. */
export function onCallIn(answer: Answer): string[] {
  const list = answer.body['onCall'] as readonly { person: string }[];
  return list.map(({ person }) => person);
}

/** `pointer: detail` of each fault. */
export function faultsIn({ body }: Answer): string[] {
  const errors = (body['errors'] ?? []) as readonly { pointer?: string; detail: string }[];
  return errors.map(({ pointer = '', detail }) => `${pointer}: ${detail}`);
}

export function items({ body }: Answer): readonly Readonly<Record<string, unknown>>[] {
  return body['items'] as readonly Readonly<Record<string, unknown>>[];
}

/** The kinds of what the audit log has of a schedule, the oldest first. */
export async function auditedOf(api: TestApi, schedule: string): Promise<string[]> {
  const answer = await api.call('GET', '/api/v1/audit?limit=200');
  return items(answer)
    .filter(({ data }) => (data as { schedule?: string }).schedule === schedule)
    .map(({ kind }) => String(kind))
    .reverse();
}
