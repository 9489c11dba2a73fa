/** A file that came with a mail. */
export interface MailFile {
  readonly name: string | null;
  readonly mediaType: string;
  readonly content: Uint8Array;
}

/** A mail that came in, parsed. What it says is a stranger's word: its sender is who the relay let pass. */
export interface IncomingMail {
  /** Of the envelope (RFC 5321 MAIL FROM); empty for a bounce. */
  readonly returnPath: string;
  /** The address of its From, in lower case; undefined when that does not name one sender, once. */
  readonly from: string | undefined;
  /** Of the person, as they write it; the whole From when it has no address; perhaps empty. */
  readonly fromName: string;
  /** Without its brackets. */
  readonly messageId: string | undefined;
  /** What it answers (In-Reply-To, References), the nearest first, without brackets. */
  readonly references: readonly string[];
  readonly subject: string;
  /** What it says, as plain text, 100,000 characters at most; it may be empty. */
  readonly text: string;
  /** False when the text was made of HTML. */
  readonly isPlain: boolean;
  /** By name in lower case; of several of a name the first. */
  readonly headers: ReadonlyMap<string, string>;
  readonly files: readonly MailFile[];
}
