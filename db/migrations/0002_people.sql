-- Up Migration

-- API keys: each belongs to one person or integration. Only the SHA-256 is kept; the keys are long and random, so no slow hash is needed.
create table api_keys (
  id text primary key,
  hash bytea not null unique,
  kind text not null check (kind in ('person', 'integration')),
  holder text not null,
  roles text[] not null,
  organisation text not null,
  created_at timestamptz not null,
  created_by text not null,
  revoked_at timestamptz,
  revoked_by text
);

-- Every attempt to reach somebody.
create table deliveries (
  id bigint generated always as identity primary key,
  effect_key text not null,
  number text not null,
  organisation text not null,
  person text not null,
  channel text not null,
  attempt integer not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  outcome text check (outcome in ('accepted', 'failed')),
  detail text
);
create index deliveries_of_record on deliveries (number, id);

-- Signed links that answer once. The id is in the link; everything that it may do is here.
create table action_links (
  id text primary key,
  number text not null,
  organisation text not null,
  person text not null,
  command text not null,
  effect_key text not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- Alertmanager's groups: which record stands for one, and what is known of its alerts. Repeats touch this row only.
create table alert_groups (
  integration text not null,
  group_hash bytea not null,
  group_key text not null,
  organisation text not null,
  number text,
  alerts jsonb not null default '{}',
  notifications bigint not null default 0,
  last_at timestamptz not null,
  primary key (integration, group_hash)
);
create index alert_groups_of_record on alert_groups (number);

-- Down Migration
drop table alert_groups, action_links, deliveries, api_keys;
