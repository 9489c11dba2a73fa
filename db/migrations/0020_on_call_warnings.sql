-- Up Migration

-- What a schedule will not cover, as people were warned of it: written before anybody is told, so that nobody is told twice.
create table on_call_warnings (
  id bigint generated always as identity primary key,
  schedule text not null,
  -- Whose shift it is that no page reaches; null: nobody is on call.
  person text,
  begins_at timestamptz not null,
  ends_at timestamptz not null,
  -- Which of the policy's warnings it is: so long before it begins.
  lead_ms bigint not null,
  why text not null,
  warned_at timestamptz not null,
  -- Since when it is mended or over.
  ended_at timestamptz,
  check (begins_at < ends_at)
);
create unique index on_call_warnings_once on on_call_warnings (schedule, coalesce(person, ''), begins_at, lead_ms) where ended_at is null;

-- Who is told of which of them, in which way. One message may tell of several.
create table on_call_warning_messages (
  id bigint generated always as identity primary key,
  warnings bigint[] not null,
  -- A person, or one of the policy's channels.
  person text,
  named_channel text,
  channel text not null,
  -- The contact method; null: what the policy says of the channel.
  method text,
  urgency text not null check (urgency in ('interrupting', 'deferrable')),
  -- When it is sent, or tried again; while it is being sent, when somebody else may try.
  due_at timestamptz not null,
  give_up_at timestamptz not null,
  state text not null default 'pending' check (state in ('pending', 'done', 'cancelled', 'dead')),
  attempts integer not null default 0,
  -- What the receiver said last.
  detail text,
  finished_at timestamptz,
  check ((person is null) <> (named_channel is null))
);
create index on_call_warning_messages_open on on_call_warning_messages (due_at) where state = 'pending';
create index on_call_warning_messages_of on on_call_warning_messages using gin (warnings);

-- Down Migration
drop table on_call_warning_messages, on_call_warnings;
