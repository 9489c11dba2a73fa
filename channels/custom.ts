import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isChannelKind } from '../domain/channelKinds.ts';
import type { CustomKind } from '../domain/channelKinds.ts';
import type { Channel } from './channel.ts';
import { createExchange, requireAccepted } from './exchange.ts';
import type { Exchange } from './exchange.ts';

/** What a channel of one's own is made with. */
export interface Installation {
  /** Settings, also those of its own. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How people reach the API. */
  readonly publicUrl: string;
  /**
   * Posts within the networks and limits that hold for every message.
   * @returns what to note, once the answer is 2xx
   * @throws DeliveryError for every other answer, and for none: with whether and when to try again
   */
  readonly post: (...request: Parameters<Exchange['post']>) => Promise<string>;
}

/** What the file of a channel exports as its default: `pager.ts` is the kind `custom-pager`. Called once, as API and worker start. */
export type CreateChannel = (installation: Installation) => Channel;

interface Options extends Pick<Installation, 'env' | 'publicUrl'> {
  /** Where the files are; nothing has to be there. */
  readonly folder: string;
  readonly allowed: readonly string[];
}

const EXTENSIONS = ['.ts', '.js', '.mjs'];

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  const isChannel = (name: string): boolean =>
    EXTENSIONS.includes(extname(name)) && !/\.(d|test)\.\w+$/.test(name);
  return names.filter(isChannel).sort();
}

function kindOf(file: string): CustomKind {
  const kind = `custom-${basename(file, extname(file))}` as const;
  if (isChannelKind(kind)) return kind;
  throw new Error('its name must be up to 40 lower-case letters, digits and -, a letter first');
}

async function load(path: string, installation: Installation): Promise<Channel> {
  const { default: create } = (await import(pathToFileURL(path).pathname)) as {
    readonly default?: CreateChannel;
  };
  const channel = typeof create === 'function' ? create(installation) : undefined;
  if (typeof channel?.send === 'function') return channel;
  throw new Error('must export a function as its default that gives a Channel, which has "send"');
}

/**
 * The channels of the organisation's own.
 * @throws Error that names the file that cannot be used, and why: a page that it should send must not be found missing at night
 */
export async function customChannels({
  folder,
  allowed,
  ...rest
}: Options): Promise<Record<CustomKind, Channel>> {
  const exchange = createExchange({ allowed });
  const post: Installation['post'] = async (...request) =>
    requireAccepted(await exchange.post(...request));
  const channels: Record<CustomKind, Channel> = {};
  for (const file of await filesIn(folder)) {
    try {
      const kind = kindOf(file);
      if (kind in channels) throw new Error(`there is a channel "${kind}" already`);
      channels[kind] = await load(join(folder, file), { ...rest, post });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`channel ${join(folder, file)}: ${why}`, { cause: error });
    }
  }
  return channels;
}
