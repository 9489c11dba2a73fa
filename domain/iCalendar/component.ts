import type { ContentLine } from './contentLines.ts';
import { Unreadable, quote } from './fault.ts';

/** A property as it stands in the file; `readProperty` tells what it means. */
export interface RawProperty extends ContentLine {
  /** In capitals. */
  readonly name: string;
}

/** What stands between BEGIN and END (RFC 5545 §3.6). */
export interface Component {
  /** In capitals. */
  readonly name: string;
  /** Of its BEGIN. */
  readonly line: number;
  readonly properties: readonly RawProperty[];
  readonly components: readonly Component[];
}

interface Open extends Component {
  readonly properties: RawProperty[];
  readonly components: Component[];
}

const open = (name: string, line: number): Open => ({
  name,
  line,
  properties: [],
  components: [],
});

/**
 * The components of a file, each within the one that encloses it.
 * @throws Unreadable for a line that is no property, and for a BEGIN and an END that do not match
 */
export function readComponents(lines: readonly ContentLine[]): readonly Component[] {
  const file = open('', 1);
  const stack = [file];
  for (const { line, text } of lines) {
    const name = /^([A-Z0-9-]+)[;:]/i.exec(text)?.[1]?.toUpperCase();
    if (name === undefined) {
      throw new Unreadable(line, `${quote(text)} is no iCalendar property, which is NAME:value`);
    }
    const inner = stack.at(-1) ?? file;
    const value = text
      .slice(name.length + 1)
      .trim()
      .toUpperCase();
    if (name === 'BEGIN') {
      const begun = open(value, line);
      inner.components.push(begun);
      stack.push(begun);
    } else if (name === 'END') {
      if (inner === file || inner.name !== value) {
        throw new Unreadable(line, `END:${quote(value)} has no BEGIN before it that it could end`);
      }
      stack.pop();
    } else {
      inner.properties.push({ line, text, name });
    }
  }
  const left = stack.at(-1) ?? file;
  if (left !== file) {
    throw new Unreadable(left.line, `BEGIN:${left.name} has no END: the file may be cut off`);
  }
  if (!file.components.some(({ name }) => name === 'VCALENDAR')) {
    throw new Unreadable(1, 'is no iCalendar file, which begins with BEGIN:VCALENDAR');
  }
  return file.components;
}

/** The properties of a name. */
export function propertiesOf(component: Component, name: string): readonly RawProperty[] {
  return component.properties.filter((property) => property.name === name);
}

/**
 * The property of a name that may stand once only.
 * @throws Unreadable where it stands a second time
 */
export function propertyOf(component: Component, name: string): RawProperty | undefined {
  const [first, second] = propertiesOf(component, name);
  if (second !== undefined) throw new Unreadable(second.line, `${name} stands here a second time`);
  return first;
}
