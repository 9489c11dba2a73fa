-- Up Migration

-- When an effect may be done, by the record's time; null: at once. The record's workflow waits for it.
alter table effects add column not_before timestamptz;

-- How people can be reached beside what the policy says of them. An address is used once a code that was sent to it came back.
create table contact_methods (
  id text primary key,
  person text not null,
  kind text not null,
  address text not null,
  label text not null,
  created_at timestamptz not null,
  created_by text not null,
  verified_at timestamptz,
  -- Set when the provider says that it reaches nobody (bounce, STOP); ends with the next verification.
  disabled_at timestamptz,
  disabled_why text,
  check ((disabled_at is null) = (disabled_why is null)),
  unique (person, kind, address)
);

-- The code that was sent to a method last: only its hash, so that nobody reads it here.
create table contact_codes (
  method text primary key references contact_methods on delete cascade,
  hash bytea not null,
  sent_at timestamptz not null,
  expires_at timestamptz not null,
  attempts integer not null default 0
);

-- Each person's rules: which methods, in which order, after which delay.
create table notification_rules (
  person text primary key,
  version integer not null,
  rules jsonb not null,
  updated_at timestamptz not null,
  updated_by text not null
);

-- Who had a turn of a team's round-robin last, over all escalations.
create table round_robin_turns (
  team text not null,
  person text not null,
  at timestamptz not null,
  primary key (team, person)
);

-- Down Migration
drop table round_robin_turns, notification_rules, contact_codes, contact_methods;
alter table effects drop column not_before;
