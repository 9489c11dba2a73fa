-- Up Migration

-- What came in and cannot be applied is tried ever more rarely, and given up in the end: then its outcome is 'failed'.
alter table inbound_answers
  add column attempts integer not null default 0,
  add column next_attempt_at timestamptz,
  -- Why the last attempt failed.
  add column error text;
create index inbound_answers_applied on inbound_answers (applied_at) where applied_at is not null;
create index inbound_answers_failed on inbound_answers (id) where outcome = 'failed';

-- When a message that was sent was made to say that its round of pages is over, or could not be.
alter table deliveries add column updated_at timestamptz;

-- A test page to a place that many people read has no person.
alter table contact_sendings alter column person drop not null;

-- Who presses a button in what is sent there, by the chat server's word: its owner pressed "This is me" there.
alter table contact_methods add column provider_user text;
create index contact_methods_of_provider_user on contact_methods (kind, provider_user) where provider_user is not null;

-- Down Migration
drop index contact_methods_of_provider_user;
alter table contact_methods drop column provider_user;
delete from contact_sendings where person is null;
alter table contact_sendings alter column person set not null;
alter table deliveries drop column updated_at;
drop index inbound_answers_failed, inbound_answers_applied;
alter table inbound_answers drop column attempts, drop column next_attempt_at, drop column error;
