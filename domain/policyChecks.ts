import { referencesOf } from './escalation/check.ts';
import { intakeIssues } from './intake/policy.ts';
import { dependencyIssues } from './maintenance/dependencies.ts';
import type { PolicyShape } from './policyShape.ts';

type Complain = (message: string, ...path: (string | number)[]) => void;
type Refer = (
  table: keyof PolicyShape,
  key: string | undefined,
  ...path: (string | number)[]
) => void;

function checkMatrix(body: PolicyShape, complain: Complain): void {
  const width = body.priority.matrix[0]?.length ?? 0;
  body.priority.matrix.forEach((row, index) => {
    if (row.length !== width) {
      complain(
        `must have ${width} columns like the first row: the matrix is incomplete`,
        'priority',
        'matrix',
        index,
      );
    }
  });
  const severities = {
    ...body.alertmanager.severities,
    default: body.alertmanager.defaultSeverity,
  };
  for (const [key, { impact, urgency }] of Object.entries(severities)) {
    if (body.priority.matrix[impact - 1]?.[urgency - 1] === undefined) {
      complain(
        `impact ${impact} and urgency ${urgency} are not in the priority matrix`,
        'alertmanager',
        'severities',
        key,
      );
    }
  }
}

function checkReferences(body: PolicyShape, refer: Refer): void {
  for (const [key, value] of Object.entries(body.serviceLevels)) {
    for (const clock of ['respond', 'resolve'] as const) {
      for (const [of, target] of Object.entries(value[clock])) {
        refer('calendars', target.calendar, 'serviceLevels', key, clock, of, 'calendar');
      }
    }
    refer('calendars', value.autoClose?.calendar, 'serviceLevels', key, 'autoClose', 'calendar');
  }
  for (const [key, value] of Object.entries(body.teams)) {
    refer('people', value.lead, 'teams', key, 'lead');
    value.members.forEach((member, index) => {
      refer('people', member, 'teams', key, 'members', index);
    });
  }
  for (const [key, value] of Object.entries(body.services)) {
    refer('teams', value.team, 'services', key, 'team');
    refer('serviceLevels', value.serviceLevel, 'services', key, 'serviceLevel');
    refer('escalations', value.escalation, 'services', key, 'escalation');
    value.dependsOn.forEach((other, index) => {
      refer('services', other, 'services', key, 'dependsOn', index);
    });
  }
  for (const [key, value] of Object.entries(body.people)) {
    refer('calendars', value.workingHours, 'people', key, 'workingHours');
  }
  for (const [key, value] of Object.entries(body.escalations)) referencesOf(key, value, refer);
  body.majorIncident.stakeholders.forEach((person, index) => {
    refer('people', person, 'majorIncident', 'stakeholders', index);
  });
  refer('services', body.defaultService, 'defaultService');
}

/** Checks that the parts of a policy fit together: tables are complete, and names refer to something. @param complain is told what is wrong where */
export function checkPolicy(body: PolicyShape, complain: Complain): void {
  checkMatrix(body, complain);
  for (const { path, message } of dependencyIssues(body.services)) complain(message, ...path);
  const { services, alertmanager } = body;
  const around = {
    ...{ services, severities: alertmanager.severities },
    isInMatrix: ({ impact, urgency }: { impact: number; urgency: number }) =>
      body.priority.matrix[impact - 1]?.[urgency - 1] !== undefined,
  };
  for (const { path, message } of intakeIssues(body.intake, around)) complain(message, ...path);
  checkReferences(body, (table, key, ...path) => {
    const known = body[table] as Record<string, unknown>;
    if (key === undefined || Object.hasOwn(known, key)) return;
    const names = Object.keys(known).join(', ');
    complain(
      `"${key}" is not in ${table}, which has: ${names === '' ? 'nothing yet' : names}`,
      ...path,
    );
  });
}
