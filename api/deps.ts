import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Engine } from '../records/engine.ts';
import type { TemporalHealth } from './temporalHealth.ts';

/** What the API stands on: passed in, so that several can live in one process. */
export interface ApiDeps {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly temporalHealth: () => Promise<TemporalHealth>;
  /** Routes without an API key, such as the links in pages. */
  readonly open?: readonly Router[];
}
