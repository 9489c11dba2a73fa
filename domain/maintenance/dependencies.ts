/** What of the policy's services says which cannot do without which. */
type Services = Readonly<Record<string, { readonly dependsOn: readonly string[] }>>;

/** The service itself does not count as one of them. */
function reach(services: Services, service: string): Map<string, string> {
  const cameFrom = new Map<string, string>();
  const open = [service];
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    const next = Object.hasOwn(services, at) ? (services[at]?.dependsOn ?? []) : [];
    for (const other of next) {
      if (cameFrom.has(other)) continue;
      cameFrom.set(other, at);
      open.push(other);
    }
  }
  return cameFrom;
}

/** The services that one cannot do without, directly or through others, the nearest first. */
export function dependenciesOf(services: Services, service: string): readonly string[] {
  return [...reach(services, service).keys()];
}

/** The way back to where it began: `shop → db → shop`. */
function wayRound(cameFrom: ReadonlyMap<string, string>, service: string): string {
  const way = [service];
  for (let at = cameFrom.get(service); at !== undefined; at = cameFrom.get(at)) {
    way.unshift(at);
    if (at === service) break;
  }
  return way.join(' → ');
}

/** Services that depend on themselves, each with its way round. */
export function dependencyIssues(
  services: Services,
): { readonly path: readonly string[]; readonly message: string }[] {
  return Object.keys(services).flatMap((service) => {
    const cameFrom = reach(services, service);
    if (!cameFrom.has(service)) return [];
    const message = `depends on itself: ${wayRound(cameFrom, service)}`;
    return [{ path: ['services', service, 'dependsOn'], message }];
  });
}
