-- Up Migration

-- What must report from time to time, and when it last did.
create table heartbeats (
  id text primary key,
  organisation text not null,
  version integer not null,
  -- As people wrote it.
  definition jsonb not null,
  -- SHA-256 of the token in its address.
  hash bytea not null unique,
  -- From when on a ping is waited for, whether or not one came before.
  counts_from timestamptz not null,
  paused_at timestamptz,
  pings bigint not null default 0,
  last_ping_at timestamptz,
  -- A run of the job began and has not told of its end.
  started_at timestamptz,
  -- Since when a ping is missing, or when it said itself that it failed.
  down_since timestamptz,
  down_why text check (down_why in ('missing', 'failed')),
  -- When its workflow looks at it next; null: somebody must tell the workflow, for it does not run or waits for something else.
  look_at timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  updated_at timestamptz not null,
  updated_by text not null,
  check ((down_since is null) = (down_why is null))
);
create index heartbeats_to_look_at on heartbeats (look_at nulls first) where paused_at is null;

-- When some API process last said that pings can be taken.
create table ping_reception (
  one boolean primary key default true check (one),
  seen_at timestamptz not null
);
-- The times between, in which nobody could ping.
create table ping_outages (
  began_at timestamptz primary key,
  ended_at timestamptz not null
);
create index ping_outages_by_end on ping_outages (ended_at);

-- The watch over paging: which API process keeps it, and the outage that it has told of.
create table watch (
  one boolean primary key default true check (one),
  holder text not null,
  held_until timestamptz not null,
  -- Since when paging does not work; null: it does.
  outage_since timestamptz,
  told_at timestamptz,
  told_times integer not null default 0
);
-- When a worker last told the monitor outside that paging works.
create table watch_heartbeat (
  one boolean primary key default true check (one),
  sent_at timestamptz not null
);

-- Down Migration
drop table watch_heartbeat, watch, ping_outages, ping_reception, heartbeats;
