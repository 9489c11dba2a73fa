import { z } from 'zod';
import { freeText } from '../../domain/text.ts';
import { activePerson, command, person, wrong } from './command.ts';
import { isAwaitedAnswer, noHold } from './hold.ts';
import { onlyAsks } from './record.ts';

export const comment = command({
  does: 'Add a comment, public or internal',
  input: z.strictObject({
    text: freeText(20_000),
    visibility: z.enum(['public', 'internal']).default('public'),
  }),
  event: 'commented',
  refuse: ({ input, actor }) =>
    input.visibility === 'internal' && onlyAsks(actor)
      ? wrong('visibility', 'requesters write public comments: leave it out')
      : undefined,
  set: (situation) => (isAwaitedAnswer(situation) ? noHold : {}),
});

const follower = z.strictObject({ person: person.optional() });

export const watch = command({
  does: 'Be told of what is public; or let somebody else be',
  input: follower,
  event: 'watched',
  refuse: ({ input, actor, policy }) => {
    if (input.person === undefined || input.person === actor.id) return undefined;
    return onlyAsks(actor)
      ? 'you can only watch for yourself'
      : activePerson(policy, 'person', input.person);
  },
  set: ({ record, input, actor }) => ({
    watchers: [...new Set([...record.fields.watchers, input.person ?? actor.id])],
  }),
});

export const unwatch = command({
  does: 'Be told no more',
  input: follower,
  event: 'unwatched',
  refuse: ({ input, actor }) =>
    input.person !== undefined && input.person !== actor.id && onlyAsks(actor)
      ? 'you can only stop watching for yourself'
      : undefined,
  set: ({ record, input, actor }) => ({
    watchers: record.fields.watchers.filter((watcher) => watcher !== (input.person ?? actor.id)),
  }),
});
