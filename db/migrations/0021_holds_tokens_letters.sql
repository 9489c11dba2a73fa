-- Up Migration

-- Up to which version of a window the pages that it held back were looked at again; a lower one than its own: they are still to be.
-- Windows of before count as not looked at, so that what was forgotten then is paged.
alter table maintenance_windows add column released_version integer not null default 0;
create index maintenance_windows_to_release on maintenance_windows (updated_at) where released_version < version;

-- Addresses that a heartbeat had before, by the SHA-256 of their tokens, and until when pings to them count.
create table former_heartbeat_tokens (
  hash bytea primary key,
  heartbeat text not null references heartbeats on delete cascade,
  valid_until timestamptz not null
);
create index former_heartbeat_tokens_of on former_heartbeat_tokens (heartbeat);

-- When somebody said that what was given up needs no more attention.
alter table effects add column dismissed_at timestamptz;

-- Down Migration
alter table effects drop column dismissed_at;
drop table former_heartbeat_tokens;
drop index maintenance_windows_to_release;
alter table maintenance_windows drop column released_version;
