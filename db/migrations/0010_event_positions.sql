-- Up Migration

-- A checkpoint waits for the transactions that hold a lock on this table (db/checkpoints.ts), so an event's position needs no transaction's id before it.
alter table events alter column position set default nextval('event_positions');
drop function next_event_position;

-- Down Migration
create function next_event_position() returns bigint language plpgsql as $$
begin
  perform pg_current_xact_id();
  return nextval('event_positions');
end $$;
alter table events alter column position set default next_event_position();
