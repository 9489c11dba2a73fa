-- Up Migration

-- What an organisation decided. A policy is a value: stored once under its hash, never changed; activating one is a row of its own.
create table policies (
  hash text primary key,
  body jsonb not null,
  stored_at timestamptz not null,
  stored_by text not null
);
create table policy_activations (
  id bigint generated always as identity primary key,
  hash text not null references policies,
  activated_at timestamptz not null,
  activated_by text not null
);

-- The current state of each record: the fold of its events, written in the same transaction. Tables of one record name it without a foreign
-- key: every row of them is written through the one door, under the record's row lock, and the check would cost a look-up an insert.
create table records (
  number text primary key,
  process text not null,
  organisation text not null,
  version integer not null,
  policy text not null,
  seq integer not null,
  state text not null,
  final boolean not null,
  opened_at timestamptz not null,
  last_at timestamptz not null,
  due_at timestamptz,
  fields jsonb not null,
  clocks jsonb not null,
  -- The hash of the last event: what the next one is chained to.
  chain bytea not null,
  priority integer generated always as ((fields ->> 'priority')::integer) stored,
  service text generated always as (fields ->> 'service') stored,
  team text generated always as (fields ->> 'team') stored,
  assignee text generated always as (fields ->> 'assignee') stored,
  requester text generated always as (fields ->> 'requester') stored
);
create index records_opened on records (process, opened_at, number);
create index records_updated on records (process, last_at, number);
create index records_priority on records (process, priority, number);
create index records_due on records (due_at, number) where due_at is not null;
create index records_open_by_team on records (team, opened_at) where not final;
create index records_open_by_assignee on records (assignee, opened_at) where not final;
create index records_by_requester on records (organisation, requester, opened_at);

create table events (
  number text not null,
  seq integer not null,
  organisation text not null,
  type text not null,
  at timestamptz not null,
  recorded_at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  version integer not null,
  policy text not null,
  data jsonb not null,
  reasons jsonb not null,
  change jsonb not null,
  command_id text not null,
  previous bytea not null,
  hash bytea not null,
  primary key (number, seq)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger events_append_only before update or delete on events for each row execute function refuse_change();
create trigger events_keep_all before truncate on events execute function refuse_change();
create trigger policies_immutable before update or delete on policies for each row execute function refuse_change();
create trigger activations_append_only before update or delete on policy_activations for each row execute function refuse_change();

-- What people wrote, apart from the events: id = SHA-256 of salt and body, so that the chain covers it and erasing it breaks nothing (ADR 3).
create table texts (
  id text primary key,
  number text not null,
  organisation text not null,
  salt bytea,
  body text,
  check ((salt is null) = (body is null))
);
create index texts_of_record on texts (number);

-- What must be done outside. pending → started → done; cancelled when it is no longer wanted; dead when it gave up.
create table effects (
  key text primary key,
  number text not null,
  organisation text not null,
  kind text not null,
  payload jsonb not null,
  during text,
  policy text not null,
  state text not null default 'pending'
    check (state in ('pending', 'started', 'cancelling', 'done', 'cancelled', 'dead')),
  attempts integer not null default 0,
  lease_until timestamptz,
  created_at timestamptz not null,
  give_up_at timestamptz not null,
  finished_at timestamptz,
  error text
);
create index effects_open on effects (number) where state in ('pending', 'started', 'cancelling');
create index effects_dead on effects (created_at) where state = 'dead';

-- Records whose workflow must look again. Deleted by the workflow's resume, not by the sender: a wake that gets lost is sent again.
create table wakes (
  number text primary key,
  seq integer not null,
  priority integer not null,
  since timestamptz not null,
  sent_at timestamptz,
  attempts integer not null default 0
);
create index wakes_waiting on wakes (priority, since) where sent_at is null;
create index wakes_sent on wakes (sent_at) where sent_at is not null;

-- Idempotency-Key of a caller: the answer is the record as it was at seq, folded from its events, so no text is copied here.
create table commands (
  actor text not null,
  key text not null,
  body_hash bytea not null,
  number text not null,
  seq integer not null,
  at timestamptz not null,
  primary key (actor, key)
);
create index commands_age on commands (at);

-- Down Migration
drop table commands, wakes, effects, texts, events, records, policy_activations, policies;
drop function refuse_change;
