import { erase } from '../domain/defineProcess.ts';
import type { Process } from '../domain/process.ts';
import { incident } from './incident.ts';

/** The processes of this installation. An organisation's own are added here. */
export const processes: readonly Process[] = [erase(incident)];
