import type { Actor } from '../../domain/actor.ts';
import type { PolicyInput } from '../../domain/policy.ts';
import { person, Simulation } from '../../domain/simulation.ts';
import { incident } from '../../processes/incident.ts';
import { testPolicy } from './policy.ts';

export const ann = person('ann', 'resolver');
export const bob = person('bob', 'resolver');
export const lea = person('lea', 'manager');
export const zoe = person('zoe', 'requester');
export const system: Actor = { kind: 'system', id: 'x', roles: ['system'], organisation: 'main' };
export const monitoring: Actor = {
  kind: 'integration',
  id: 'prometheus',
  roles: ['integration'],
  organisation: 'main',
};

export const p1 = { title: 'Shop is down', impact: 1, urgency: 1 };
export const p3 = { title: 'Slow search', impact: 2, urgency: 2 };
export const monday = '2026-11-23T09:00:00Z';
export const resolution = { code: 'fixed', notes: 'Restarted' };

/** The test policy with a customer, a stakeholder, holds that ask for an answer, and major incidents. */
export const fullPolicy = {
  ...testPolicy,
  holdReasons: {
    customer: {
      pausesResolve: true,
      needsComment: true,
      answerResumes: true,
      followUpAfter: '3d',
    },
    supplier: { pausesResolve: false, followUpAfter: '1d' },
    change: { pausesResolve: false },
  },
  majorIncident: {
    proposeAt: [1],
    updateEvery: '30m',
    reviewWithin: '3d',
    stakeholders: ['sam'],
  },
  reopenWithin: '14d',
  people: {
    ...testPolicy.people,
    zoe: { name: 'Zoe', email: 'zoe@example.org' },
    sam: { name: 'Sam', email: 'sam@example.org' },
  },
} satisfies PolicyInput;

/** An incident that was opened under `fullPolicy`. */
export function opened(input: object = p3, actor: Actor = ann, start = monday) {
  return new Simulation(incident, fullPolicy, start).open({ ...input }, actor);
}

export type Incident = ReturnType<typeof opened>;

function messages(effects: Incident['effects']): string[] {
  return effects.flatMap((effect) =>
    effect.kind === 'notification'
      ? [`${'person' in effect ? effect.person : effect.namedChannel}: ${effect.message}`]
      : [],
  );
}

/** Who is told what and is still to be told: `zoe: resolved`, in order. */
export function told(simulation: Incident): string[] {
  return messages(simulation.effects);
}

/** Who is told what because of what `act` does. */
export function toldBy(simulation: Incident, act: () => unknown): string[] {
  const before = new Set(simulation.effects);
  act();
  return messages(simulation.effects.filter((effect) => !before.has(effect)));
}

/** The kinds of effects that `act` asks for, without messages. */
export function begunBy(simulation: Incident, act: () => unknown): string[] {
  const before = new Set(simulation.effects);
  act();
  return simulation.effects
    .filter((effect) => !before.has(effect) && effect.kind !== 'notification')
    .map(({ kind }) => kind);
}

export function fields(simulation: Incident): Readonly<Record<string, unknown>> {
  return simulation.record.fields;
}
