/** The shapes that the API takes and gives: OpenAPI is made of them, and its clients (CLI, console) take their types from here. */

export * from './contract/attachments.ts';
export * from './contract/audit.ts';
export * from './contract/channels.ts';
export * from './contract/escalationPolicies.ts';
export * from './contract/failedAnswers.ts';
export * from './contract/heartbeats.ts';
export * from './contract/incidents.ts';
export * from './contract/intake.ts';
export * from './contract/keys.ts';
export * from './contract/maintenance.ts';
export * from './contract/notifications.ts';
export * from './contract/operations.ts';
export * from './contract/pages.ts';
export * from './contract/people.ts';
export * from './contract/policies.ts';
export * from './contract/problems.ts';
export * from './contract/records.ts';
export * from './contract/reports.ts';
export * from './contract/schedules.ts';
export * from './contract/timeline.ts';
