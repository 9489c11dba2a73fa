/** Something that cannot have come through the one door. */
export interface Fault {
  /** `INC-7`, `audit log`, `policy 1a2b…`, `key key_…`, `checkpoint 3`. */
  readonly of: string;
  /** The event or entry at fault. */
  readonly seq?: number;
  readonly what: string;
}
