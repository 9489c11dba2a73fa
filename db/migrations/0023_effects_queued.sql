-- Up Migration

-- When the database took what is to be done, by its own clock: machines' clocks differ, and how long a page has waited is told by this one alone. Null: before
-- this was noted.
alter table effects add column queued_at timestamptz;
alter table effects alter column queued_at set default clock_timestamp();

-- Down Migration
alter table effects drop column queued_at;
