import type { z } from 'zod';
import { parseInput } from '../domain/input.ts';
import { ofLabels } from '../domain/intake/labelled.ts';
import type { LabelledAlert, LabelledGroup } from '../domain/intake/labelled.ts';
import { applyMapping } from '../domain/intake/mapping.ts';
import type { Mapped } from '../domain/intake/mapping.ts';
import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';
import { fromIso } from '../domain/time.ts';
import type { alert } from './contract/alertmanager.ts';
import { alertmanagerPayload } from './contract/alertmanager.ts';
import { grafanaPayload } from './contract/grafana.ts';
import { inWords } from './intakeBody.ts';

/** A monitoring system whose deliveries become notifications. */
export interface IntakeSource {
  /** For people. */
  readonly name: string;
  /** What is wrong with a delivery is a value: it must be kept, not refused. */
  read(data: unknown, policy: Policy): Mapped;
}

function labelled({
  fingerprint,
  status,
  startsAt,
  labels,
  annotations,
}: z.output<typeof alert>): LabelledAlert {
  const firing = status === 'firing';
  return { fingerprint, firing, startsAt: fromIso(startsAt), labels, annotations };
}

/** Reads a payload of labels by its schema. */
function byLabels<Payload extends z.ZodType>(
  name: string,
  payload: Payload,
  toGroup: (data: z.output<Payload>) => Omit<LabelledGroup, 'source'>,
): IntakeSource {
  return {
    name,
    read(data, policy) {
      const parsed = parseInput(payload, data);
      if (parsed.ok) {
        return { notification: ofLabels({ source: name, ...toGroup(parsed.value) }, policy) };
      }
      const { error } = parsed;
      return { reason: error.kind === 'invalid' ? inWords(error.issues) : error.kind };
    },
  };
}

export const alertmanager = byLabels('Alertmanager', alertmanagerPayload, (data) => ({
  ...data,
  alerts: data.alerts.map(labelled),
}));

/** Where a person looks at the first alert that fires. */
function grafanaLink({ alerts }: z.output<typeof grafanaPayload>): string | undefined {
  const first = alerts.find(({ status }) => status === 'firing') ?? alerts[0];
  return [first?.panelURL, first?.dashboardURL, first?.generatorURL].find(
    (url) => url !== undefined && url !== '',
  );
}

export const grafana = byLabels('Grafana', grafanaPayload, (data) => ({
  ...data,
  // One key may serve an Alertmanager and several organisations of a Grafana, whose groups have the same names.
  groupKey: `grafana/${data.orgId ?? ''}/${data.groupKey}`,
  alerts: data.alerts.map(labelled),
  link: grafanaLink(data),
}));

/** A system whose own JSON is read by a mapping of the policy. */
export function mapped(name: string): IntakeSource {
  return {
    name,
    read(data, policy) {
      const mapping = entry(policy.body.intake.mappings, name);
      return mapping === undefined
        ? { reason: `the policy has no mapping "${name}" in intake.mappings` }
        : applyMapping(name, mapping, data);
    },
  };
}
