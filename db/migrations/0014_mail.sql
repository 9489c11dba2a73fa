-- Up Migration

-- Mails that came in, for some weeks: what comes twice is taken once, replies find their record, and programs that answer each other are seen.
-- What they say is not here: it is in the record, or in intake_kept.
create table mails (
  -- SHA-256 of what makes it the same mail, however it travelled.
  hash bytea primary key,
  -- The address in its From, in lower case; empty when it has none.
  sender text not null,
  message_id text,
  received_at timestamptz not null,
  outcome text not null check (outcome in ('opened', 'commented', 'kept', 'reported')),
  -- The record that it opened or belongs to.
  number text
);
create index mails_of_sender on mails (sender, received_at);
create index mails_by_message_id on mails (message_id) where number is not null;
create index mails_by_time on mails (received_at);

alter table intake_kept drop constraint intake_kept_kind_check;
alter table intake_kept add constraint intake_kept_kind_check check (kind in ('unreadable', 'unmapped', 'automatic'));

-- Down Migration
delete from intake_kept where kind = 'automatic';
alter table intake_kept drop constraint intake_kept_kind_check;
alter table intake_kept add constraint intake_kept_kind_check check (kind in ('unreadable', 'unmapped'));
drop table mails;
