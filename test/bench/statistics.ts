/** The value below which `share` (0 to 1) of the values lie, by nearest rank; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** One measured stretch. Latencies are in milliseconds. */
export interface Sample {
  readonly count: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** CPU that one operation took, where the system tells (Linux). */
  readonly cpuMs?: Readonly<Record<string, number>> | undefined;
}

export function sampleOf(latencies: readonly number[], seconds: number): Sample {
  return {
    count: latencies.length,
    seconds,
    perSecond: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    max: percentile(latencies, 1),
  };
}

/** Repetitions as one: counts and seconds add up, the others are medians over the repetitions. */
export function medianOf(samples: readonly Sample[]): Sample {
  const of = (pick: (sample: Sample) => number): number => median(samples.map(pick));
  const parts = Object.keys(samples[0]?.cpuMs ?? {});
  return {
    count: samples.reduce((sum, { count }) => sum + count, 0),
    seconds: samples.reduce((sum, { seconds }) => sum + seconds, 0),
    perSecond: of(({ perSecond }) => perSecond),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    max: Math.max(...samples.map(({ max }) => max)),
    cpuMs: Object.fromEntries(parts.map((part) => [part, of((one) => one.cpuMs?.[part] ?? 0)])),
  };
}

/** The median of the ratios of interleaved pairs: what the machine's drift cancels out of. */
export function medianRatio(
  ours: readonly Sample[],
  bare: readonly Sample[],
  pick: (sample: Sample) => number,
): number {
  return median(ours.map((sample, index) => pick(sample) / pick(bare[index] ?? sample)));
}
