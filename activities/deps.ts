import type { WorkflowClient } from '@temporalio/client';
import type { Config } from '../config.ts';
import type { ChannelKind } from '../domain/channelKinds.ts';
import type { Engine } from '../records/engine.ts';
import type { Channel } from '../channels/channel.ts';

/** What activities stand on: passed in, so that tests can pass real servers of their own. */
export interface ActivityDeps {
  readonly engine: Engine;
  readonly config: Pick<Config, 'publicUrl'>;
  /** Signs action links. */
  readonly secret: string;
  readonly channels: Readonly<Record<ChannelKind, Channel>>;
  readonly workflows: Pick<WorkflowClient, 'start' | 'getHandle'>;
  /** The id of the Temporal namespace that this worker serves: it goes with everything that is done, and nothing is done once another one drives the records. */
  readonly driver: string;
}
