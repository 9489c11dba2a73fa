import type { DeadlineMove, RecordImpact } from './policyPreview.ts';

/** How many records move from one value of a field to another. */
export interface FieldGroup {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
  readonly records: number;
}

/** How the deadlines of one clock move that one place in the policy sets. */
export interface DeadlineGroup {
  readonly clock: string;
  readonly rule: string;
  readonly earlier: number;
  readonly later: number;
  /** There was none before. */
  readonly added: number;
  readonly removed: number;
}

/** A record that cannot be decided under the new policy, and why. */
export interface UndecidedRecord {
  readonly number: string;
  readonly reason: string;
}

/** What a policy changes on many records: counts of all that were looked at, and the first of them in detail. */
export interface PolicyImpact {
  readonly examined: number;
  readonly changed: number;
  readonly stateChanges: number;
  readonly breaches: number;
  readonly escalationsStarted: number;
  readonly escalationsEnded: number;
  readonly notifications: number;
  readonly undecided: number;
  readonly fields: readonly FieldGroup[];
  readonly deadlines: readonly DeadlineGroup[];
  readonly records: readonly RecordImpact[];
  readonly undecidedRecords: readonly UndecidedRecord[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const counted = {
  examined: 0,
  changed: 0,
  stateChanges: 0,
  breaches: 0,
  escalationsStarted: 0,
  escalationsEnded: 0,
  notifications: 0,
  undecided: 0,
};

/** Adds up what a policy changes, record by record; its size does not grow with their number. */
export class ImpactTally {
  private readonly counts = { ...counted };
  private readonly fields = new Map<string, Writable<FieldGroup>>();
  private readonly deadlines = new Map<string, Writable<DeadlineGroup>>();
  private readonly records: RecordImpact[] = [];
  private readonly undecidedRecords: UndecidedRecord[] = [];
  private readonly details: number;

  /** @param details how many records are told in detail */
  constructor(details: number) {
    this.details = details;
  }

  /** @param impact undefined when the record stays as it is */
  add(impact: RecordImpact | undefined): void {
    this.counts.examined += 1;
    if (impact === undefined) return;
    this.counts.changed += 1;
    this.counts.stateChanges += impact.state === null ? 0 : 1;
    this.counts.breaches += impact.breaches.length;
    this.counts.escalationsStarted += impact.starts.length;
    this.counts.escalationsEnded += impact.ends.length;
    this.counts.notifications += impact.notifications;
    for (const { of, from, to } of impact.fields) this.addField(of, from, to);
    for (const move of impact.deadlines) this.addDeadline(move);
    if (this.records.length < this.details) this.records.push(impact);
  }

  addUndecided(record: UndecidedRecord): void {
    this.counts.examined += 1;
    this.counts.undecided += 1;
    if (this.undecidedRecords.length < this.details) this.undecidedRecords.push(record);
  }

  total(): PolicyImpact {
    return {
      ...this.counts,
      fields: [...this.fields.values()],
      deadlines: [...this.deadlines.values()],
      records: this.records,
      undecidedRecords: this.undecidedRecords,
    };
  }

  private addField(field: string, from: unknown, to: unknown): void {
    const key = JSON.stringify([field, from, to]);
    const group = this.fields.get(key) ?? { field, from, to, records: 0 };
    group.records += 1;
    this.fields.set(key, group);
  }

  private addDeadline({ of: clock, rule, from, to }: DeadlineMove): void {
    const key = JSON.stringify([clock, rule]);
    const none = { clock, rule, earlier: 0, later: 0, added: 0, removed: 0 };
    const group = this.deadlines.get(key) ?? none;
    if (from === null) group.added += 1;
    else if (to === null) group.removed += 1;
    else if (to < from) group.earlier += 1;
    else group.later += 1;
    this.deadlines.set(key, group);
  }
}
