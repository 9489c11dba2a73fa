-- Up Migration

-- A message to a place that many people read has no person.
alter table deliveries
  alter column person drop not null,
  add column named_channel text,
  -- The contact method that was used; null: what the policy says.
  add column method text,
  -- The receiver's own name for the message, by which it is found again: for a thread, an update, a report.
  add column provider_id text,
  -- What the provider reported after it had taken the message.
  add column reported_at timestamptz,
  add column report text;
alter table deliveries drop constraint deliveries_outcome_check;
alter table deliveries add constraint deliveries_outcome_check check (outcome in ('accepted', 'pending', 'delivered', 'failed'));
create index deliveries_of_person on deliveries (person, id) where person is not null;
create index deliveries_of_provider on deliveries (channel, provider_id) where provider_id is not null;
create index deliveries_of_effect on deliveries (effect_key);

-- With which message one goes out: its own key when it goes by itself, another one's when that says "and 37 more"; and when that was decided.
alter table effects add column together_with text, add column taken_at timestamptz;
create index effects_together on effects (together_with) where together_with is not null;
create index effects_open_to on effects ((coalesce(payload ->> 'person', payload ->> 'namedChannel')), (payload ->> 'channel'))
  where kind = 'notification' and state in ('pending', 'started');
create index effects_taken_to on effects ((coalesce(payload ->> 'person', payload ->> 'namedChannel')), (payload ->> 'channel'), taken_at)
  where taken_at is not null;

-- Down Migration
alter table effects drop column together_with, drop column taken_at;
drop index deliveries_of_effect, deliveries_of_provider, deliveries_of_person;
alter table deliveries drop constraint deliveries_outcome_check;
update deliveries set outcome = 'accepted' where outcome in ('pending', 'delivered');
delete from deliveries where person is null;
alter table deliveries add constraint deliveries_outcome_check check (outcome in ('accepted', 'failed'));
alter table deliveries drop column report, drop column reported_at, drop column provider_id, drop column method, drop column named_channel, alter column person set not null;
