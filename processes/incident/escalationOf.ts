import type { Escalation } from '../../domain/escalation/schema.ts';
import { entry, serviceOf } from '../../domain/policy.ts';
import type { IncidentSituation } from './record.ts';

/** The escalation of the record's service, with its name. */
export function escalationOf({
  record,
  policy,
}: IncidentSituation): { name: string; escalation: Escalation } | undefined {
  const { escalation: name } = serviceOf(policy, record.fields.service).service;
  const escalation = name === undefined ? undefined : entry(policy.body.escalations, name);
  return name === undefined || escalation === undefined ? undefined : { name, escalation };
}
