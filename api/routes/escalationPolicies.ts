import type { RequestHandler, Router } from 'express';
import { readPolicy } from '../../db/policies.ts';
import { refuse } from '../../domain/errors.ts';
import { entry } from '../../domain/policy.ts';
import type { Policy } from '../../domain/policy.ts';
import { toIso } from '../../domain/time.ts';
import type { Engine } from '../../records/engine.ts';
import { noEscalation, previewEscalation } from '../../records/escalationPreview.ts';
import type { PreviewedStep } from '../../records/escalationPreview.ts';
import { whyNotified } from '../../records/whyNotified.ts';
import { requireRole } from '../auth.ts';
import type {
  EscalationPolicyList,
  EscalationPolicyView,
  EscalationPreviewView,
} from '../contract.ts';
import { Query } from '../query.ts';
import { valueOf } from '../result.ts';
import { methods, param } from '../route.ts';
import { desk } from './schedulesAccess.ts';

/** The escalations of the policy in force, as it was written. */
async function escalationsOf(engine: Engine): Promise<readonly EscalationPolicyView[]> {
  const { hash, body } = await engine.policies.active(engine.pool);
  const { escalations } = (await readPolicy(engine.pool, hash)) as {
    escalations: Readonly<Record<string, EscalationPolicyView['definition']>>;
  };
  const services = Object.entries(body.services);
  return Object.entries(escalations).map(([id, definition]) => ({
    ...{ id, policy: hash, definition },
    services: services.flatMap(([key, { escalation }]) => (escalation === id ? [key] : [])),
  }));
}

function listing(engine: Engine): RequestHandler {
  return async (_req, res) => {
    requireRole(res, 'list escalation policies', desk);
    res.json({ items: [...(await escalationsOf(engine))] } satisfies EscalationPolicyList);
  };
}

function showing(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'see an escalation policy', desk);
    const escalations = await escalationsOf(engine);
    const found = escalations.find(({ id }) => id === param(req, 'id'));
    res.json(found ?? valueOf(refuse(noEscalation)));
  };
}

function readPriority(query: Query): number | undefined {
  const text = query.one('priority');
  if (text === undefined) return undefined;
  return /^[1-5]$/.test(text) ? Number(text) : query.refuse('priority', 'must be from 1 to 5');
}

function stepView(id: string, policy: Policy, { at, round, taken }: PreviewedStep) {
  const { people, channels, dropped } = taken.kind === 'page' ? taken : taken.tell;
  const isPage = taken.kind === 'page';
  const event = {
    type: isPage ? 'paged' : 'escalationExhausted',
    data: {
      round,
      rule: isPage ? `escalations.${id}.${taken.rule}` : `escalations.${id}`,
      because: Object.fromEntries(people.map(({ person, because }) => [person, because])),
    },
  };
  return {
    ...{ at: toIso(at), kind: taken.kind, round: round + 1 },
    rule: isPage ? taken.rule : null,
    people: people.map(({ person }) => ({
      person,
      name: entry(policy.body.people, person)?.name ?? person,
      why: whyNotified(event, person, null),
    })),
    channels: [...channels],
    acknowledgedBy: isPage ? taken.acknowledgedBy : null,
    waitMs: taken.wait,
    dropped: [...dropped],
    skipped: taken.skipped.map((step) => ({ ...step, dropped: [...step.dropped] })),
  };
}

function previewing(engine: Engine): RequestHandler {
  return async (req, res) => {
    requireRole(res, 'preview an escalation policy', desk);
    const query = new Query(req, ['priority', 'at']);
    const asked = { priority: readPriority(query), at: query.moment('at') ?? engine.clock() };
    const id = param(req, 'id');
    const preview = valueOf(await previewEscalation(engine, id, asked));
    const { policy, priority, at, pages, steps, complete } = preview;
    res.json({
      ...{ escalation: id, policy: policy.hash, priority, at: toIso(at), pages, complete },
      steps: steps.map((step) => stepView(id, policy, step)),
    } satisfies EscalationPreviewView);
  };
}

/** Escalation policies: what they are, and whom they would page. They are changed in the policy. */
export function escalationPolicyRoutes(router: Router, engine: Engine): void {
  const base = '/api/v1/escalation-policies';
  methods(router, base, { get: listing(engine) });
  methods(router, `${base}/:id`, { get: showing(engine) });
  methods(router, `${base}/:id/preview`, { get: previewing(engine) });
}
