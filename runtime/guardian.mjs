// Outlives its supervisor by a few seconds, so that a supervisor killed with SIGKILL leaves no orphan. The supervisor
// holds the other end of stdin and writes "+pid signal" for each process it starts and "-pid" for each that ended.
// The end of stdin means that the supervisor is gone. Plain JavaScript without imports of the project: it must start
// at once and hold little memory.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const GRACE_MS = 8_000;
const wards = new Map();

// It is stopped by the end of stdin alone: a terminal's Ctrl-C or hang-up must not take it before its wards.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => undefined);

function send(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    const stat = process.platform === 'linux' ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ') R';
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

async function goneWithin(ms) {
  const until = Date.now() + ms;
  while ([...wards.keys()].some(isAlive) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [pid, name] = line.slice(1).split(' ');
  if (line.startsWith('+')) wards.set(Number(pid), name);
  if (line.startsWith('-')) wards.delete(Number(pid));
});
lines.on('close', async () => {
  // Newest first, as the supervisor would: the API and the worker before the engines that they use.
  for (const [pid, name] of [...wards].reverse()) send(pid, name);
  await goneWithin(GRACE_MS);
  for (const pid of wards.keys()) {
    if (!isAlive(pid)) continue;
    send(-pid, 'SIGKILL');
    send(pid, 'SIGKILL');
  }
  await goneWithin(1_000);
  process.exit(0);
});
