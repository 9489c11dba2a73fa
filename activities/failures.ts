import { ApplicationFailure } from '@temporalio/common';
import { Superseded } from '../db/identity.ts';

/** Says so once, without repeats, when another Temporal namespace drives the records: there is nothing to do here any more. */
export async function quietly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
    throw ApplicationFailure.nonRetryable(error.message, 'Superseded');
  }
}
