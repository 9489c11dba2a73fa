-- Up Migration

-- Where an event stands among all events: how checkpoints find those that are new. The transaction has its id before the event has its position,
-- so that whoever read the last position and waits for the transactions that were running has all events up to it (db/checkpoints.ts).
create sequence event_positions;
create function next_event_position() returns bigint language plpgsql as $$
begin
  perform pg_current_xact_id();
  return nextval('event_positions');
end $$;
alter table events add column position bigint not null default next_event_position();
create unique index events_position on events (position);

-- Administrative changes: keys, policies, redactions, checkpoint keys. Chained by hash like a record's events.
create table audit_log (
  seq bigint primary key,
  kind text not null,
  actor text not null,
  at timestamptz not null,
  data jsonb not null,
  previous bytea not null,
  hash bytea not null
);

-- What was there at a time, signed. The content is kept letter by letter as it was signed.
create table audit_checkpoints (
  id bigint primary key,
  content text not null,
  signature bytea not null
);
-- The last event of each record that had new ones, as a checkpoint saw it; its digest is in the checkpoint.
create table audit_heads (
  checkpoint bigint not null,
  number text not null,
  seq integer not null,
  hash bytea not null,
  primary key (checkpoint, number)
);

create trigger audit_log_append_only before update or delete on audit_log for each row execute function refuse_change();
create trigger audit_log_keep_all before truncate on audit_log execute function refuse_change();
create trigger audit_checkpoints_append_only before update or delete on audit_checkpoints for each row execute function refuse_change();
create trigger audit_checkpoints_keep_all before truncate on audit_checkpoints execute function refuse_change();
create trigger audit_heads_append_only before update or delete on audit_heads for each row execute function refuse_change();
create trigger audit_heads_keep_all before truncate on audit_heads execute function refuse_change();
create trigger policies_keep_all before truncate on policies execute function refuse_change();
create trigger activations_keep_all before truncate on policy_activations execute function refuse_change();

-- A text is written once, and erased whole and for good; nothing else ever happens to it.
create function refuse_text_change() returns trigger language plpgsql as $$
begin
  if new.body is not null or new.salt is not null or new.id <> old.id or new.number <> old.number or new.organisation <> old.organisation then
    raise exception 'a text can only be erased: % is refused', tg_op using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger texts_only_erased before update on texts for each row execute function refuse_text_change();
create trigger texts_kept before delete on texts for each row execute function refuse_change();
create trigger texts_keep_all before truncate on texts execute function refuse_change();

-- Down Migration
drop trigger texts_keep_all on texts;
drop trigger texts_kept on texts;
drop trigger texts_only_erased on texts;
drop function refuse_text_change;
drop trigger activations_keep_all on policy_activations;
drop trigger policies_keep_all on policies;
drop table audit_heads, audit_checkpoints, audit_log;
drop index events_position;
alter table events drop column position;
drop function next_event_position;
drop sequence event_positions;
