import { z } from 'zod';
import { name } from '../policyParts.ts';
import { mappingSchema } from './mapping.ts';

const mail = z.strictObject({
  /** What becomes of a mail from an address that no active person of the policy has: an incident, or no for an answer. */
  unknownSender: z.enum(['open', 'refuse']).default('open'),
  /** Absent: the default service. */
  service: name.optional(),
  /** How severe an incident is that came by mail; absent: as an alert that nobody mapped. */
  severity: z
    .strictObject({ impact: z.number().int().min(1), urgency: z.number().int().min(1) })
    .optional(),
  /** More from one sender in a minute are kept and open nothing: programs that answer each other. */
  mostPerMinute: z.number().int().min(1).max(10_000).default(20),
  /** Whose the incidents are that come by mail. */
  organisation: name.default('main'),
});

/** What comes in beside Alertmanager. */
export const intakeSchema = z.strictObject({
  /** How systems with JSON of their own are read, by the name in `POST /api/v1/intake/generic/NAME`. */
  mappings: z.record(name, mappingSchema).default({}),
  mail: mail.prefault({}),
});

type Intake = z.output<typeof intakeSchema>;

/** What the intake refers to in the rest of the policy. */
interface Around {
  readonly services: Readonly<Record<string, unknown>>;
  readonly severities: Readonly<Record<string, unknown>>;
  isInMatrix(severity: { impact: number; urgency: number }): boolean;
}

interface Issue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function unknownName(table: string, known: Readonly<Record<string, unknown>>, key: string): string {
  const names = Object.keys(known).join(', ');
  return `"${key}" is not in ${table}, which has: ${names === '' ? 'nothing yet' : names}`;
}

/** References of the intake that lead nowhere. */
export function intakeIssues(
  { mappings, mail: { service, severity } }: Intake,
  around: Around,
): Issue[] {
  const names = Object.entries(mappings).flatMap(([key, { alert }]) =>
    Object.entries(alert.severity?.names ?? {})
      .filter(([, known]) => !Object.hasOwn(around.severities, known))
      .map(([value, known]) => ({
        path: ['intake', 'mappings', key, 'alert', 'severity', 'names', value],
        message: unknownName('alertmanager.severities', around.severities, known),
      })),
  );
  const ofService =
    service === undefined || Object.hasOwn(around.services, service)
      ? []
      : [
          {
            path: ['intake', 'mail', 'service'],
            message: unknownName('services', around.services, service),
          },
        ];
  const ofSeverity =
    severity === undefined || around.isInMatrix(severity)
      ? []
      : [
          {
            path: ['intake', 'mail', 'severity'],
            message: `impact ${severity.impact} and urgency ${severity.urgency} are not in the priority matrix`,
          },
        ];
  return [...names, ...ofService, ...ofSeverity];
}
