import { createTemporalHealth } from '../../api/temporalHealth.ts';
import { runningEngines } from '../helpers/database.ts';

test('a Temporal that is away is told before long, and asked no more than every two seconds', async () => {
  const { check, close } = createTemporalHealth({ address: '127.0.0.1:1', namespace: 'provisor' });
  try {
    const began = performance.now();
    const answer = await check();
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(answer).toMatchObject({ up: false, workers: false });
    expect(answer.detail).toContain('timers and pages wait');
    expect(check()).toBe(check());
  } finally {
    await close();
  }
});

test('a Temporal that serves is up', async () => {
  const { temporalAddress: address, namespace } = runningEngines();
  const { check, close } = createTemporalHealth({ address, namespace });
  try {
    expect(await check()).toMatchObject({ up: true });
  } finally {
    await close();
  }
});
