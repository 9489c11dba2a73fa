import { join } from 'node:path';
import { createThread } from '../../channels/thread.ts';
import type { Thread } from '../../channels/thread.ts';
import type { IncomingMail } from '../../domain/mail/mail.ts';
import { SECOND } from '../../domain/time.ts';

/** What the thread is given. */
export interface ReadingTask {
  readonly bytes: Uint8Array;
  /** Of the envelope; empty for a bounce. */
  readonly returnPath: string;
}

/** Twice what 25 MiB of mere text take. */
const MOST_MEMORY_MB = 512;
/** Below the 30 s after which a connection counts as silent. 25 MiB of mere text took 7.5 s on two busy cores. */
const READ_WITHIN = 20 * SECOND;

/** Where mails are read, one after the other: a mail that is made to be hard to read is refused as too costly, and stops nothing but itself. */
export function createMailReader(): Thread<ReadingTask, IncomingMail> {
  const program = join(import.meta.dirname, 'reader.program.ts');
  return createThread({ program, mostMemoryMb: MOST_MEMORY_MB, within: READ_WITHIN });
}
