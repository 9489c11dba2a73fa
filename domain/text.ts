import { z } from 'zod';

/** NUL and lone surrogates: PostgreSQL stores neither, and no reader can show them. */
export function isWellFormed(text: string): boolean {
  return text === mendText(text);
}

/** The text with what `isWellFormed` refuses replaced by U+FFFD, so that it can be shown. */
export function mendText(text: string): string {
  return text
    .replaceAll('\u0000', '\uFFFD')
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
}

const wellFormed = (text: string): boolean => isWellFormed(text);

/**
 * Text that people write: titles, comments, notes. It may hold personal data, so it is stored apart from events and rows, which carry only its id (see records/texts.ts):
 * it can be erased for good while the audit chain stays valid. Inside the domain a free text is always such an id.
 * @param max characters
 */
export function freeText(max: number) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine(wellFormed, 'must not hold NUL or broken characters')
    .meta({ freeText: true });
}

/** A moment as people write it: ISO 8601 with an offset, such as `2026-11-23T09:00:00Z`; epoch milliseconds inside. */
export function instant() {
  return z.iso
    .datetime({
      offset: true,
      // Or rules that compare it with another moment would be told a text.
      abort: true,
      error: 'must be a date and time such as 2026-11-23T09:00:00Z',
    })
    .transform((text) => Date.parse(text));
}

/** A name that programs give: a service, a configuration item, a code. No free text: it stays in the events for ever. */
export function identifier(max = 200) {
  return z
    .string()
    .regex(
      /^[\p{L}\p{N}][\p{L}\p{N} ._:/@+-]*$/u,
      'must be a name of letters, digits and ._:/@+- only',
    )
    .max(max, `must have at most ${max} characters`);
}

/** A file's name without a folder. Control and direction characters could pretend to another name or break a header. */
export function isFileName(text: string): boolean {
  return !/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}/\\]|^\.{1,2}$|^\s*$/u.test(text);
}

/** `image/png`: a type and a subtype (RFC 6838), without parameters. */
export function isMediaType(text: string): boolean {
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/.test(text);
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = (schema as z.ZodOptional)._zod.def as { innerType?: z.core.$ZodType };
  return inner.innerType === undefined ? schema : unwrap(inner.innerType);
}

/** The names of an input's top-level fields that are free text. */
export function freeTextFields(schema: z.ZodObject): string[] {
  return Object.entries<z.core.$ZodType>(schema.shape)
    .filter(([, field]) => z.globalRegistry.get(unwrap(field))?.['freeText'] === true)
    .map(([name]) => name);
}
