import { readFileSync } from 'node:fs';

/**
 * A piece of code of a page of docs/: what the page shows can be run.
 * @param page such as `on-call.md`
 * @param heading the section's, as it is written: `### Retries`
 * @returns the first such piece of that section
 */
export function docsExample(page: string, heading: string, language: string): string {
  const [, section = ''] = readFileSync(`docs/${page}`, 'utf8').split(`\n${heading}\n`);
  const fence = '```';
  const [, code] = section.split(`${fence}${language}\n`);
  if (code === undefined) throw new Error(`docs/${page} has no ${language} below ${heading}`);
  return code.slice(0, code.indexOf(fence));
}
