-- Up Migration

-- What a page was answered with: each answer once, whichever way it came.
create table page_answers (
  effect_key text not null,
  person text not null,
  answer text not null,
  at timestamptz not null,
  primary key (effect_key, person, answer)
);
insert into page_answers (effect_key, person, answer, at)
select effect_key, person, command, used_at from action_links where used_at is not null
on conflict do nothing;
-- A link gives every answer now. Programs before this version still read what their links were for.
alter table action_links alter column command set default 'acknowledge';

-- What providers call back with, kept before they are told that it was taken: a fault right after it loses nothing.
create table inbound_answers (
  id bigint generated always as identity primary key,
  provider text not null,
  -- The provider's own name for it, or a digest of what makes it the same: what comes twice is kept once.
  provider_id text not null,
  kind text not null check (kind in ('answer', 'report', 'optOut', 'optIn')),
  effect_key text,
  person text,
  answer text,
  -- The contact methods that it switches off or on.
  methods text[] not null default '{}',
  delivered boolean,
  -- What the provider reports, in our own words.
  detail text,
  received_at timestamptz not null,
  -- Null until it has had its effect.
  applied_at timestamptz,
  outcome text,
  check ((applied_at is null) = (outcome is null)),
  unique (provider, provider_id)
);
create index inbound_answers_open on inbound_answers (id) where applied_at is null;
create index inbound_answers_of_person on inbound_answers (person, received_at) where person is not null;

-- Codes and test pages that were sent lately, so that nobody is flooded with them: also not by adding and removing a method.
create table contact_sendings (
  id bigint generated always as identity primary key,
  purpose text not null check (purpose in ('code', 'test')),
  person text not null,
  kind text not null,
  address text not null,
  at timestamptz not null,
  -- What the receiver said; null while it is under way.
  accepted boolean,
  detail text
);
create index contact_sendings_of_address on contact_sendings (address, at);
create index contact_sendings_of_person on contact_sendings (person, at);
create index contact_sendings_by_time on contact_sendings (at);

-- Who presses a button or replies is found by the address.
create index contact_methods_of_address on contact_methods (kind, address);

-- Down Migration
drop index contact_methods_of_address;
drop table contact_sendings, inbound_answers;
alter table action_links alter column command drop default;
drop table page_answers;
