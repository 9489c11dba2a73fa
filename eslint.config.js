import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const ownTypeStatement = {
  selector: "ImportSpecifier[importKind='type'], ExportSpecifier[exportKind='type']",
  message: 'Write `import type { … }` (or `export type { … }`) as a statement of its own.',
};
const askTheShell =
  'The core is pure: take it as an argument (the time as `now`), or move this code to the shell.';

export default defineConfig(
  { ignores: ['node_modules/', 'coverage/', '**/dist/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    rules: {
      // A forgotten `await` before an activity or a transaction is the dearest mistake here.
      '@typescript-eslint/no-floating-promises': 'error',
      // A new state, event or effect that a switch forgot is an error even where a default exists.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false },
      ],
      // Statements of their own: dependency-cruiser cannot tell an inline `{ type X }` from a value.
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports' },
      ],
      '@typescript-eslint/consistent-type-exports': [
        'error',
        { fixMixedExportsWithInlineTypeSpecifier: false },
      ],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      'no-restricted-syntax': ['error', ownTypeStatement],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        {
          allowNumber: true,
          allowAny: false,
          allowBoolean: false,
          allowNever: false,
          allowNullish: false,
          allowRegExp: false,
        },
      ],
      // `_name` says "required by the signature, not needed here".
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
    },
  },
  {
    // The JavaScript mistakes that types do not show; ESLint 10 brings no preset of its own.
    rules: Object.fromEntries(
      [
        'eqeqeq',
        'no-async-promise-executor',
        'no-constant-binary-expression',
        'no-constant-condition',
        'no-control-regex',
        'no-empty',
        'no-irregular-whitespace',
        'no-loss-of-precision',
        'no-misleading-character-class',
        'no-self-assign',
        'no-unsafe-finally',
        'no-unsafe-optional-chaining',
        'no-useless-escape',
        'require-yield',
      ].map((rule) => [rule, 'error']),
    ),
  },
  {
    files: ['domain/**/*.ts', 'processes/**/*.ts', 'policies/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: askTheShell },
        { object: 'Math', property: 'random', message: askTheShell },
        { object: 'Temporal', property: 'Now', message: askTheShell },
        { object: 'crypto', property: 'randomUUID', message: askTheShell },
        { object: 'crypto', property: 'getRandomValues', message: askTheShell },
      ],
      'no-restricted-globals': [
        'error',
        ...['performance', 'process', 'fetch', 'setTimeout', 'setInterval', 'setImmediate'].map(
          (name) => ({ name, message: askTheShell }),
        ),
      ],
      'no-restricted-syntax': [
        'error',
        ownTypeStatement,
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: askTheShell },
        { selector: "CallExpression[callee.name='Date']", message: askTheShell },
      ],
    },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      // A test that meets an absent value should fail right there: `!` says so in one character.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `expect(spy.method)` reads a method without calling it.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], extends: [tseslint.configs.disableTypeChecked] },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  prettier,
);
