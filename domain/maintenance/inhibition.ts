import type { PolicyBody } from '../policy.ts';
import { dependenciesOf } from './dependencies.ts';

/** An open incident that has paged somebody. */
export interface PagedIncident {
  readonly number: string;
  readonly service: string;
}

/** An incident because of which pages for what depends on its service are held back until it ends. */
export interface Inhibition {
  readonly incident: string;
  /** The service that is down. */
  readonly service: string;
}

/**
 * What inhibits pages for a service: the open incidents of the services that it cannot do without, directly or through others, the nearest first.
 * Its own incidents do not.
 * @param paged the open incidents for which somebody was paged
 */
export function inhibitionsOf(
  services: PolicyBody['services'],
  service: string,
  paged: readonly PagedIncident[],
): readonly Inhibition[] {
  return dependenciesOf(services, service).flatMap((dependency) =>
    paged
      .filter((incident) => incident.service === dependency)
      .map(({ number }) => ({ incident: number, service: dependency })),
  );
}
