-- Up Migration

-- The ledger of notifications, the newest first: all of them, and a person's.
create index effects_notified on effects (created_at, key) where kind = 'notification';
create index effects_notified_person on effects ((payload ->> 'person'), created_at, key) where kind = 'notification';
-- What a record ever asked for.
create index effects_of_record on effects (number);
-- Reports on who was paged in a period.
create index events_paged on events (at) where type = 'paged';

-- Down Migration
drop index events_paged, effects_of_record, effects_notified_person, effects_notified;
