import { escapeHtml } from '../domain/html.ts';
import { toIso } from '../domain/time.ts';
import type { Instant } from '../domain/time.ts';

const style = `
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 72rem; padding: 0 1rem 3rem; }
.demo { background: #7a4100; color: #fff; margin: 0 -1rem; padding: 0.5rem 1rem; }
.demo a { color: #fff; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.15rem; margin: 1.75rem 0 0.5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid #8886; }
td { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
ol.steps { padding-inline-start: 1.5rem; }
ol.steps li { margin: 0 0 0.75rem; }
form { display: inline-block; margin: 0.25rem 0.5rem 0.25rem 0; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: 0.25rem 1rem; cursor: pointer; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #8886; padding: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; }
dt { font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.late { color: #b3261e; font-weight: 600; }
@media (prefers-color-scheme: dark) { .late { color: #ff8a80; } }
`;

/** Markup that is safe as it stands. */
export interface Html {
  readonly html: string;
}

export type Part = Html | string | number | readonly Part[];

function render(part: Part): string {
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return 'html' in part ? part.html : part.map(render).join('');
}

/** Markup with values in it; a value that is no markup itself is escaped. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.map((text, index) => text + render(parts[index] ?? '')).join('') };
}

/** To the second, in UTC like everything that Provisor shows. */
export function moment(at: Instant): Html {
  const iso = toIso(at);
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`;
}

export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Part[])[],
): Html {
  if (rows.length === 0) return html`<p>${caption}: nothing yet.</p>`;
  return html`<div class="scroll">
    <table aria-label="${caption}">
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

export function button(action: string, label: string): Html {
  return html`<form method="post" action="/demo/${action}">
    <button type="submit">${label}</button>
  </form>`;
}

/** A whole page. @param events the stream that says when it has changed; without one it looks every two seconds */
export function page(title: string, body: Html, events = ''): string {
  const { html: text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <title>${title} – Provisor demo</title>
        <style>
          ${{ html: style }}
        </style>
        <script src="/demo/script.js" defer></script>
      </head>
      <body data-events="${events}">
        <p class="demo" role="note">
          <strong>This is a demo.</strong> Whoever reaches this page acts without a key; the people
          are invented and every mail ends in the inbox here. <a href="/demo">Start of the demo</a>
        </p>
        <main>${body}</main>
      </body>
    </html> `;
  return text;
}
