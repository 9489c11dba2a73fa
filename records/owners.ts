import { entry } from '../domain/policy.ts';
import type { Policy } from '../domain/policy.ts';

/** A team that a record can be given to, and those of its members who are active, by their names. */
export interface OwnerTeam {
  readonly team: string;
  readonly name: string;
  readonly members: readonly { readonly person: string; readonly name: string }[];
}

/** Everybody whom a record can be given to, by the policy's order of teams. */
export function ownersOf(policy: Policy): OwnerTeam[] {
  const { teams, people } = policy.body;
  return Object.entries(teams).map(([team, { name, members }]) => ({
    team,
    name,
    members: members.flatMap((person) => {
      const known = entry(people, person);
      return known?.active === true ? [{ person, name: known.name }] : [];
    }),
  }));
}

/** An owner as a form sends it: `operations`, or `operations/ann`. Names of the policy have no `/`. */
export function ownerText(team: string, person?: string): string {
  return person === undefined ? team : `${team}/${person}`;
}

/** What `ownerText` made, as the command `assign` takes it; without text nobody is named. */
export function parseOwner(text = ''): { readonly team?: string; readonly assignee?: string } {
  if (text === '') return {};
  const slash = text.indexOf('/');
  if (slash === -1) return { team: text };
  return { team: text.slice(0, slash), assignee: text.slice(slash + 1) };
}
