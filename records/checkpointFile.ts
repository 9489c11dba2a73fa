import { z } from 'zod';
import { checkpointContent } from './checkpoints.ts';
import type { Checkpoint } from './checkpoints.ts';

const checkpoint = z.strictObject({
  content: checkpointContent,
  signature: z.base64(),
});

/** One line a checkpoint, for a file that others keep. */
export function checkpointLines(checkpoints: readonly Checkpoint[]): string {
  return checkpoints.map((taken) => `${JSON.stringify(taken)}\n`).join('');
}

/** Kept checkpoints: one a line. @throws Error that names the line at fault */
export function parseCheckpoints(text: string): Checkpoint[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [checkpoint.parse(JSON.parse(line))];
    } catch {
      throw new Error(`line ${index + 1} is no checkpoint`);
    }
  });
}
