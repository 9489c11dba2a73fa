-- Up Migration

-- Times in which pages about some services or items are held back. The reason is a text of its own kind: it names no person and is part of the definition.
create table maintenance_windows (
  id text primary key,
  version integer not null,
  definition jsonb not null,
  -- Occurrences that were ended early or extended: [{from, to}], epoch milliseconds.
  changed_ends jsonb not null default '[]',
  -- After this it never stands again.
  over_at timestamptz not null,
  created_at timestamptz not null,
  created_by text not null,
  updated_at timestamptz not null,
  updated_by text not null,
  removed_at timestamptz
);
create index maintenance_windows_standing on maintenance_windows (over_at) where removed_at is null;
-- Records whose pages something holds back, by what it is.
create index records_held on records ((fields -> 'heldBy' ->> 'id')) where fields -> 'heldBy' ->> 'id' is not null;

-- Down Migration
drop index records_held;
drop table maintenance_windows;
