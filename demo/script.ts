/** What runs in the browser: keeps the part of the page that has the id `live` up to date. The pages work without it, by reloading. */
export const script = `'use strict';
const live = document.getElementById('live');
let busy = false;
let again = false;

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch(location.pathname, { cache: 'no-store' });
    if (!answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');
    if (next === null || next.innerHTML === live.innerHTML) return;
    const focused = live.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    live.replaceChildren(...next.childNodes);
    if (focused !== null) live.querySelector('a[href="' + CSS.escape(focused) + '"]')?.focus();
  } catch {
    // The API starts again or the network is away: the next look finds it.
  } finally {
    busy = false;
    if (again) { again = false; void refresh(); }
  }
}

if (live !== null) {
  const { events } = document.body.dataset;
  if (events !== '') new EventSource(events).onmessage = () => void refresh();
  setInterval(() => void refresh(), 2000);
}
`;
