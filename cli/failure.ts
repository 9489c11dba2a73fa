import type { ProblemIssue } from '../api/contract.ts';

/** What the shell is told; `provisor --help` lists them. */
export const exitCodes = { failure: 1, usage: 2, notFound: 3, auth: 4, conflict: 5 } as const;

/** An end with a message for people and a code for scripts. */
export class Failure extends Error {
  readonly exitCode: number;
  /** What is wrong where, when the server said so. */
  readonly issues: readonly ProblemIssue[];

  constructor(
    message: string,
    exitCode: number = exitCodes.failure,
    issues: readonly ProblemIssue[] = [],
  ) {
    super(message);
    this.exitCode = exitCode;
    this.issues = issues;
  }
}

const REUSED = 'urn:provisor:problem:keyReused';

/** The exit code of an answer by its status and its problem's type. */
export function exitCodeOf(status: number, type: string | undefined): number {
  switch (status) {
    case 401:
    case 403:
      return exitCodes.auth;
    case 404:
      return exitCodes.notFound;
    case 409:
    case 412:
      return exitCodes.conflict;
    case 422:
      return type === REUSED ? exitCodes.conflict : exitCodes.failure;
    default:
      return exitCodes.failure;
  }
}
