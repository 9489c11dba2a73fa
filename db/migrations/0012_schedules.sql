-- Up Migration

-- On-call schedules as they stand. The id is the name by which an escalation policy means one.
create table schedules (
  id text primary key,
  version integer not null,
  definition jsonb not null,
  updated_at timestamptz not null,
  updated_by text not null
);

-- Every version that there was, also of schedules that were deleted: pages name the version that found somebody. A null definition says that
-- the schedule was deleted. Rows are only ever added.
create table schedule_versions (
  schedule text not null,
  version integer not null,
  definition jsonb,
  -- Where the shifts above the rotations come from, for people; null: from nowhere.
  calendar text,
  at timestamptz not null,
  by text not null,
  primary key (schedule, version)
);

-- The calendar that was imported into a schedule, as it was read last without a fault.
create table schedule_calendars (
  schedule text primary key references schedules on delete cascade,
  -- Null: a file was sent. The path of a calendar that is shared by a link is its password.
  url text,
  file bytea not null,
  etag text,
  last_modified text,
  -- What was read of the file: [{person, from, to, uid}], instants in milliseconds.
  shifts jsonb not null,
  imported_at timestamptz not null,
  imported_by text not null,
  -- When the shifts were read last; also tells that they are others than those that somebody keeps in memory.
  read_at timestamptz not null,
  -- When it is fetched or read anew.
  refresh_at timestamptz not null,
  failures integer not null default 0,
  failing_since timestamptz,
  last_error text,
  check ((failing_since is null) = (last_error is null))
);
create index schedule_calendars_due on schedule_calendars (refresh_at);

-- One person asks another to take over shifts.
create table schedule_swaps (
  id text primary key,
  schedule text not null references schedules on delete cascade,
  state text not null check (state in ('asked', 'accepted', 'declined', 'withdrawn')),
  by text not null,
  "to" text not null,
  asked_by text not null,
  asked_at timestamptz not null,
  answered_at timestamptz,
  -- The shifts as they were when asked, as the domain has them.
  gives jsonb not null,
  takes jsonb not null
);
create index schedule_swaps_of_schedule on schedule_swaps (schedule, asked_at);

-- Exceptions from a schedule. One that is withdrawn ends then, or as it begins: what it did until then stays.
create table schedule_overrides (
  id text primary key,
  -- The order in which they were made: each acts on what those before it left.
  place bigint generated always as identity unique,
  schedule text not null references schedules on delete cascade,
  kind text not null check (kind in ('add', 'remove', 'replace')),
  person text not null,
  instead_of text,
  begins_at timestamptz not null,
  ends_at timestamptz not null,
  -- The swap that made it.
  swap text references schedule_swaps,
  made_at timestamptz not null,
  made_by text not null,
  withdrawn_at timestamptz,
  withdrawn_by text
);
create index schedule_overrides_of_time on schedule_overrides (schedule, ends_at);

-- Calendars to subscribe to, each behind a token of which only the SHA-256 is kept.
create table calendar_feeds (
  id text primary key,
  hash bytea not null unique,
  schedule text references schedules on delete cascade,
  person text,
  created_at timestamptz not null,
  created_by text not null,
  revoked_at timestamptz,
  revoked_by text,
  check (num_nonnulls(schedule, person) = 1)
);
create index calendar_feeds_of_schedule on calendar_feeds (schedule);
create index calendar_feeds_of_person on calendar_feeds (person);

-- Down Migration
drop table calendar_feeds, schedule_overrides, schedule_swaps, schedule_calendars, schedule_versions, schedules;
