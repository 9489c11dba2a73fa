import { z } from 'zod';
import type { Actor } from '../../domain/actor.ts';
import { serviceOf } from '../../domain/policy.ts';
import type { Opening, OpeningSituation } from '../../domain/process.ts';
import { freeText, identifier, instant } from '../../domain/text.ts';
import { knownService, notInFuture, wrong } from './command.ts';
import type { Refused } from './command.ts';
import { added, channels } from './fields.ts';
import type { IncidentFields } from './fields.ts';
import { inMatrix, level } from './priority.ts';
import { onlyAsks } from './record.ts';

/** What an incident is opened with. */
export const openInput = z.strictObject({
  title: freeText(200),
  description: freeText(20_000).optional(),
  service: identifier(64).optional(),
  ci: identifier().optional(),
  category: identifier(64).optional(),
  channel: z.enum(channels).optional(),
  impact: level,
  urgency: level,
  requester: identifier(64).optional(),
  externalReference: identifier().optional(),
  /** When it was noticed, and when it began; neither can be in the future. */
  detectedAt: instant().optional(),
  startedAt: instant().optional(),
});

type Reported = OpeningSituation<z.output<typeof openInput>>;

function refuse({ input, actor, policy, now }: Reported): Refused {
  if (onlyAsks(actor) && input.requester !== undefined && input.requester !== actor.id) {
    return wrong(
      'requester',
      'a requester opens incidents for themselves: leave the requester out',
    );
  }
  const { detectedAt, startedAt } = input;
  return (
    knownService(policy, input.service) ??
    inMatrix(policy, input.impact, input.urgency) ??
    notInFuture(now, { detectedAt, startedAt })
  );
}

/** How an incident came in when nobody says: customers come by the portal, monitoring by itself. */
function usualChannel(actor: Actor): IncidentFields['channel'] {
  if (actor.kind === 'integration') return 'monitoring';
  return onlyAsks(actor) ? 'portal' : null;
}

function fields({ input, actor, policy, now }: Reported): IncidentFields {
  const { key, service } = serviceOf(policy, input.service ?? null);
  return {
    ...added,
    title: input.title,
    description: input.description ?? null,
    service: key,
    ci: input.ci ?? null,
    category: input.category ?? null,
    channel: input.channel ?? usualChannel(actor),
    externalReference: input.externalReference ?? null,
    impact: input.impact,
    urgency: input.urgency,
    priority: 0,
    requester: input.requester ?? actor.id,
    openedBy: actor.id,
    team: service.team,
    assignee: null,
    detectedAt: input.detectedAt ?? now,
    startedAt: input.startedAt ?? null,
    answeredAt: null,
    answeredBy: null,
    respondedAt: null,
    holdReason: null,
    resolutionCode: null,
    resolutionNotes: null,
    resolvedAt: null,
    reopens: 0,
    alerts: null,
  };
}

export const opening: Omit<Opening<IncidentFields, typeof openInput>, 'by'> = {
  input: openInput,
  refuse,
  fields,
};
