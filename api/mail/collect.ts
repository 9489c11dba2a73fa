import type { SMTPServerDataStream } from 'smtp-server';

/** Too much for now: the sender comes again. */
export class TooBusy extends Error {}

/** The memory that mails under way may take together. */
export interface Budget {
  /** Reads a mail to its end. @throws TooBusy when there is no room for it; what came of it is let go */
  collect(stream: SMTPServerDataStream): Promise<Buffer>;
}

/** @param maxBytes of all mails that are under way */
export function createBudget(maxBytes: number): Budget {
  let taken = 0;
  return {
    async collect(stream) {
      const parts: Buffer[] = [];
      let size = 0;
      let isOver = false;
      try {
        for await (const part of stream as AsyncIterable<Buffer>) {
          // Read on in any case: a sender hears of it only after the end.
          isOver ||= taken + part.length > maxBytes || stream.sizeExceeded;
          if (isOver) {
            parts.length = 0;
            continue;
          }
          taken += part.length;
          size += part.length;
          parts.push(part);
        }
        if (isOver) throw new TooBusy('too much mail is under way');
        return Buffer.concat(parts);
      } finally {
        taken -= size;
      }
    },
  };
}
