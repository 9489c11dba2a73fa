import { toIso } from '../domain/time.ts';
import type { IntakeTrial } from '../records/intakeTrial.ts';
import type { IntakeTrialView } from './contract/intake.ts';

/** A trial as the API shows it. */
export function trialView({ alerts, ...trial }: IntakeTrial): IntakeTrialView {
  return {
    ...trial,
    alerts: alerts.map(({ fingerprint, firing, startsAt, severity, text }) => ({
      ...{ fingerprint, firing, text },
      startsAt: startsAt === null ? null : toIso(startsAt),
      severity: severity ?? null,
    })),
  };
}
