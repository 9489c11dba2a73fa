/** How long and over how much a run measures. */
export interface Extent {
  /** How often ours and the bare are measured in turns. */
  readonly repetitions: number;
  /** One stretch of as much load as is answered. */
  readonly sliceSeconds: number;
  /** One stretch at a fixed rate. */
  readonly steadySeconds: number;
  /** Incidents in the burst. */
  readonly burst: number;
  /** Records whose due moment is still to come. */
  readonly pending: number;
  /** Records that lists and reports are read from. */
  readonly listed: number;
  /** Readings of each list; a report has a tenth of them. */
  readonly readings: number;
}

export const full: Extent = {
  repetitions: 3,
  sliceSeconds: 4,
  steadySeconds: 10,
  burst: 1_000,
  pending: 5_000,
  listed: 100_000,
  readings: 200,
};

/** To see whether the bench itself works; its figures say nothing. */
export const quick: Extent = {
  repetitions: 1,
  sliceSeconds: 1,
  steadySeconds: 2,
  burst: 50,
  pending: 100,
  listed: 2_000,
  readings: 20,
};
