-- Up Migration

-- What the last notification of a group said, as a digest: the same again is counted with one short statement.
alter table alert_groups add column digest bytea;

-- Deliveries of a monitoring system that were taken although they could not be read or mapped. The same bytes again are counted in their row.
create table intake_kept (
  id bigint generated always as identity primary key,
  integration text not null,
  organisation text not null,
  kind text not null check (kind in ('unreadable', 'unmapped')),
  hash bytea not null,
  content_type text,
  size bigint not null,
  -- The first bytes; `truncated` when there were more.
  bytes bytea not null,
  truncated boolean not null,
  reason text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  times bigint not null default 1,
  -- The incident that tells of it.
  number text,
  unique (integration, hash, kind)
);
create index intake_kept_of_integration on intake_kept (integration, id);

-- Down Migration
drop table intake_kept;
alter table alert_groups drop column digest;
