/** Everything that the worker's bundle holds. A process without a workflow file of its own runs on the default: the loop alone. */
export { incident } from './incident.ts';
export { escalation } from './escalation.ts';
export { heartbeat } from './heartbeat.ts';
export { lifecycle as default } from './lifecycle.ts';
