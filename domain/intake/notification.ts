import type { Instant } from '../time.ts';

/** What a monitoring system says of one alert. */
export interface IncomingAlert {
  readonly fingerprint: string;
  /** Null from a monitoring system that does not say: then it began when it was first heard of. */
  readonly startsAt: Instant | null;
  readonly firing: boolean;
}

/** How severe something is: 1 is the highest of each. */
export interface Severity {
  readonly impact: number;
  readonly urgency: number;
}

/** One alert of a notification, in words. */
export interface NotifiedAlert extends IncomingAlert {
  /** One line: its name, what tells it from the others, its summary. */
  readonly text: string;
  /** The name by which the policy's severities may know how severe it is. */
  readonly severity: string | undefined;
}

/** What a monitoring system tells of one group of alerts, whatever it is and however it says so. All that follows is the same for all of them. */
export interface Notification {
  /** Who says so, for people: `Alertmanager`, the name of a mapping. */
  readonly source: string;
  /** One incident stands for one group of an integration. */
  readonly groupKey: string;
  /** How many alerts were left out. */
  readonly truncatedAlerts: number;
  readonly title: string;
  /** What it says of the whole group, besides its alerts. */
  readonly description?: string | undefined;
  /** Where a person looks at it. */
  readonly link?: string | undefined;
  /** The service and the configuration item as the monitoring system names them. */
  readonly service: string | undefined;
  readonly item: string | undefined;
  readonly alerts: readonly NotifiedAlert[];
  /** Where somebody has set it for the whole group; absent: the policy's for the alerts' severities. */
  readonly severity?: Severity | undefined;
}
