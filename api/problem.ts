import type { DomainError } from '../domain/errors.ts';
import { unreachable } from '../domain/errors.ts';
import type { Problem, ProblemIssue } from './contract.ts';

export type ProblemBody = Omit<Problem, 'traceId'>;

/** A fault of the request itself, before any rule is asked: what a handler throws and `errors.ts` answers. */
export class RequestProblem extends Error {
  readonly problem: ProblemBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: ProblemBody, headers: Readonly<Record<string, string>> = {}) {
    super(problem.detail);
    this.problem = problem;
    this.headers = headers;
  }
}

interface Kind {
  readonly status: number;
  readonly title: string;
}

const kinds = {
  badRequest: { status: 400, title: 'The request is malformed' },
  unauthenticated: { status: 401, title: 'No valid API key' },
  forbidden: { status: 403, title: 'Not allowed' },
  notFound: { status: 404, title: 'Not found' },
  methodNotAllowed: { status: 405, title: 'Method not allowed' },
  wrongState: { status: 409, title: 'Not possible in this state' },
  refused: { status: 409, title: 'Refused by a rule' },
  stale: { status: 412, title: 'Changed in the meantime' },
  tooLarge: { status: 413, title: 'The body is too large' },
  unsupportedMediaType: { status: 415, title: 'Unsupported content type' },
  invalid: { status: 422, title: 'The input is not valid' },
  keyReused: { status: 422, title: 'Idempotency-Key used before' },
  tooMany: { status: 429, title: 'Too many requests' },
  fault: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<string, Kind>;

export type ProblemKind = keyof typeof kinds;

/** Problem Details (RFC 9457) of a kind; its `type` is stable, the detail is for people. */
export function problem(
  kind: ProblemKind,
  detail: string,
  more: { errors?: readonly ProblemIssue[]; allowed?: readonly string[] } = {},
): ProblemBody {
  const { errors, allowed } = more;
  return {
    type: `urn:provisor:problem:${kind}`,
    ...kinds[kind],
    detail,
    ...(errors === undefined ? {} : { errors: [...errors] }),
    ...(allowed === undefined ? {} : { allowed: [...allowed] }),
  };
}

/** The one map from the domain's refusals to HTTP. */
export function problemOf(error: DomainError): ProblemBody {
  switch (error.kind) {
    case 'invalid':
      return problem('invalid', issuesInWords(error.issues), { errors: error.issues });
    case 'forbidden':
      return problem(
        'forbidden',
        `"${error.command}" needs one of the roles ${error.needed.join(', ')}; yours: ${error.roles.join(', ')}`,
      );
    case 'wrongState':
      return problem('wrongState', stateInWords(error), { allowed: error.allowed });
    case 'refused':
      return problem('refused', error.detail, { allowed: error.allowed });
    case 'notFound':
      return problem('notFound', `${error.what} is not there, or not for you`);
    case 'stale':
      return problem(
        'stale',
        `it is at "${error.actual}", not "${error.expected}": read it again and decide anew`,
      );
    case 'keyReused':
      return problem(
        'keyReused',
        `the Idempotency-Key "${error.key}" was used for another request: take a new one`,
      );
    default:
      return unreachable(error);
  }
}

function stateInWords(error: Extract<DomainError, { kind: 'wrongState' }>): string {
  const { command, state, needed, allowed } = error;
  const who = needed === undefined ? '' : ` without one of the roles ${needed.join(', ')}`;
  return `"${command}" is not possible in the state ${state}${who}; what is: ${allowed.join(', ') || 'nothing'}`;
}

function issuesInWords(issues: readonly ProblemIssue[]): string {
  const words = issues
    .slice(0, 3)
    .map(({ pointer = '', detail }) => `${pointer || 'body'}: ${detail}`);
  return issues.length > 3
    ? `${words.join('; ')}; and ${issues.length - 3} more`
    : words.join('; ');
}
