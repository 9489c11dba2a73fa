import type { PolicyInput } from '../../domain/policy.ts';

const HOUR_MS = 3_600_000;
/** Between the first step of the escalations here and the second. */
export const STEP_WAIT_MS = 12 * HOUR_MS;

/** As many as share a thousand messages without any limit being what is measured. */
const PEOPLE = 20;
const everybody = Array.from({ length: PEOPLE }, (_, index) => `pager${index}`);

function named<T>(prefix: string, of: (person: string) => T): Record<string, T> {
  return Object.fromEntries(everybody.map((person) => [`${prefix}${person}`, of(person)]));
}

const agreed = (within: string) => ({ within, calendar: 'always' });
const never = { 1: agreed('90d'), 2: agreed('90d'), 3: agreed('90d'), 4: agreed('90d') };

/**
 * Of each of some people two services: `paged-…`, whose escalation pages them, half a day later again, and of which no clock runs out; and
 * `told-…`, of which they hear by an ordinary message when its respond clock breaches.
 */
export function escalatingServices(hook: string) {
  return {
    people: named('', (person) => ({ name: person, webhook: hook })),
    teams: named('', (person) => ({ name: person, lead: person, members: [person] })),
    serviceLevels: { patient: { respond: never, resolve: never, autoClose: agreed('90d') } },
    services: {
      ...named('paged-', (person) => ({
        name: person,
        team: person,
        serviceLevel: 'patient',
        escalation: person,
      })),
      ...named('told-', (person) => ({ name: person, team: person, serviceLevel: 'standard' })),
    },
    escalations: named('', (person) => ({
      priorities: [2],
      steps: [
        { to: [{ person }], wait: `${STEP_WAIT_MS / HOUR_MS}h` },
        { to: [{ person }], wait: '2d' },
      ],
      repeat: 0,
    })),
  } satisfies Partial<PolicyInput>;
}

/** The bodies of a P2 of each of these services. */
export function incidentsOf(kind: 'paged' | 'told'): object[] {
  return everybody.map((person) => ({
    title: `Incident of ${person} of the bench`,
    service: `${kind}-${person}`,
    impact: 1,
    urgency: 2,
  }));
}
