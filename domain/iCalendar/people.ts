import type { CalendarEvent } from './event.ts';
import { Unreadable, quote } from './fault.ts';

/** Somebody whom an event can mean: by id, name or e-mail address. */
export interface CalendarPerson {
  readonly id: string;
  readonly name: string;
  readonly email?: string | undefined;
}

/** Small and capital letters, and the ways to write one letter, are the same. */
const key = (name: string): string => name.trim().normalize('NFC').toLowerCase();

/** Tells whom an event means, by the people's ids. */
export type WhoIsMeant = (event: CalendarEvent) => readonly string[];

/**
 * The person whom the SUMMARY names, or else each of the attendees.
 * @returns a function that throws Unreadable when a name stands for nobody, or for more than one
 */
export function makeWho(people: readonly CalendarPerson[]): WhoIsMeant {
  const known = new Map<string, Set<string>>();
  for (const { id, name, email } of people) {
    for (const called of [id, name, email ?? ''].map(key)) {
      if (called === '') continue;
      known.set(called, (known.get(called) ?? new Set()).add(id));
    }
  }

  function called(name: string, line: number): string | undefined {
    const [id, second] = known.get(key(name)) ?? [];
    if (second === undefined) return id;
    throw new Unreadable(
      line,
      `${quote(name)} is the name of more than one person: use an e-mail address`,
    );
  }

  return ({ line, summary, attendees }) => {
    const named = called(summary, line);
    if (named !== undefined) return [named];
    if (attendees.length > 0) {
      const ids = attendees.map(({ address, name, line: own }) => {
        const id = called(address, own) ?? called(name, own);
        if (id !== undefined) return id;
        throw new Unreadable(own, `nobody is called ${quote(name || address)}`, address);
      });
      return [...new Set(ids)];
    }
    if (summary === '')
      throw new Unreadable(line, 'the event names nobody: write a person as its SUMMARY');
    throw new Unreadable(line, `nobody is called ${quote(summary)}`, summary);
  };
}
