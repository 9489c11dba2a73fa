/** A mail address, quoted or not, a telephone number with its country code, or a link whose path may be a password. */
const ADDRESS = /[^\s<>"',;:]+@[^\s<>"',;:]+|\+[1-9]\d{6,14}|(?<host>\bhttps?:\/\/[^/\s]+)\/\S*/g;

/** What a receiver said, without the addresses that it repeats: `550 <…>: no such user`. Of links the host stays. */
export function withoutAddresses(text: string): string {
  return text.replace(ADDRESS, (_all, host: string | undefined) =>
    host === undefined ? '…' : `${host}/…`,
  );
}
