/**
 * Keeps docs/promises.md true, as part of `npm run check`: each row of its tables names what shows its claim, and all of that is there.
 *
 *   `test/x.test.ts`: `title`                 a test, or all tests of a `describe`
 *   `test/x.test.ts`: `describe › title`      one inside of another
 *   `npm run bench -- row`                    a row of the bench
 *
 * A title is written as in the source, with its placeholders; in place of that of an `each`, a string of its table names one case.
 */
import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const PAGE = 'docs/promises.md';

/** `test` or `describe`, and the arguments of its `each`; undefined for any other call, and for a test that is skipped. */
function blockOf({ expression: callee }: ts.CallExpression) {
  const isEach =
    ts.isCallExpression(callee) &&
    ts.isPropertyAccessExpression(callee.expression) &&
    callee.expression.name.text === 'each';
  const name = isEach ? callee.expression.expression.getText() : callee.getText();
  if (name !== 'test' && name !== 'describe') return undefined;
  return { name, table: isEach ? callee.arguments : [] };
}

function stringsIn(node: ts.Node): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  const found: string[] = [];
  ts.forEachChild(node, (child) => void found.push(...stringsIn(child)));
  return found;
}

/** The names by which a file's tests may be called, each with those of the blocks around it: `describe › title`. */
function testNames(file: string): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (node: ts.Node, around: readonly string[]): void => {
    const block = ts.isCallExpression(node) ? blockOf(node) : undefined;
    let inside = around;
    if (block !== undefined && ts.isCallExpression(node)) {
      const [title] = node.arguments;
      const titles = [
        ...(title !== undefined && ts.isStringLiteralLike(title) ? [title.text] : []),
        ...block.table.flatMap(stringsIn),
      ];
      const here = around.flatMap((outer) =>
        titles.map((inner) => (outer === '' ? inner : `${outer} › ${inner}`)),
      );
      for (const name of here) names.add(name);
      inside = here;
    }
    ts.forEachChild(node, (child) => {
      walk(child, inside);
    });
  };
  const text = readFileSync(file, 'utf8');
  walk(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true), ['']);
  return names;
}

const known = new Map<string, ReadonlySet<string>>();

function testFault(file: string, name: string): string | undefined {
  if (!existsSync(file)) return `there is no ${file}`;
  const names = known.get(file) ?? testNames(file);
  known.set(file, names);
  return names.has(name) ? undefined : `${file} has no test "${name}"`;
}

function rowFaults(row: string): string[] {
  const tests = [...row.matchAll(/`([^`]+\.test\.ts)`: `([^`]+)`/g)];
  const benches = [...row.matchAll(/`npm run bench -- (\w+)`/g)];
  if (tests.length + benches.length === 0) return ['the row names nothing that shows its claim'];
  return [
    ...tests.map(([, file = '', name = '']) => testFault(file, name)),
    ...benches.map(([, bench = '']) =>
      existsSync(`test/bench/rows/${bench}.ts`) ? undefined : `the bench has no row "${bench}"`,
    ),
  ].filter((fault) => fault !== undefined);
}

const lines = readFileSync(PAGE, 'utf8').split('\n');
const rows = lines.flatMap((line, index) => {
  const isHead = lines[index + 1]?.startsWith('| -') === true;
  return line.startsWith('| ') && !line.startsWith('| -') && !isHead ? [{ line, index }] : [];
});
const faults = rows.flatMap(({ line, index }) =>
  rowFaults(line).map((fault) => `${PAGE}:${index + 1}: ${fault}`),
);
if (rows.length === 0) faults.push(`${PAGE} has no rows`);
for (const fault of faults) console.error(fault);
console.log(`${PAGE}: ${rows.length} claims, ${faults.length} faults`);
if (faults.length > 0) process.exitCode = 1;
