import type { Actor } from '../domain/actor.ts';

/** Who the demo's pages look and act as. */
export const demoActor: Actor = {
  kind: 'person',
  id: 'demo',
  roles: ['admin'],
  organisation: 'main',
};
