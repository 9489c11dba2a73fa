-- Up Migration

-- What is rare in the ledger is found without going through all of it. Expressions have statistics of their own, so a common channel is still read in the order of time.
create index effects_notified_channel on effects ((payload ->> 'channel'), created_at, key) where kind = 'notification';
create index effects_notified_message on effects ((payload ->> 'message'), created_at, key) where kind = 'notification';
create index effects_notified_unsent on effects (state, created_at, key) where kind = 'notification' and state <> 'done';

-- Down Migration
drop index effects_notified_unsent, effects_notified_message, effects_notified_channel;
