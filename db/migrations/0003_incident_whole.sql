-- Up Migration

-- How long a record was in each state: counted from its events, also for records that were there before.
alter table records
  add column state_since timestamptz,
  add column time_in jsonb not null default '{}';
with moves as (
  select number, change ->> 'state' as state, at, lead(at) over (partition by number order by seq) as until
  from events where change ? 'state'
), spent as (
  select number, state, sum(extract(epoch from until - at) * 1000)::bigint as ms
  from moves where until is not null group by number, state
), summed as (
  select number, jsonb_object_agg(state, ms) as time_in from spent group by number
)
update records r set
  state_since = (select max(at) from moves m where m.number = r.number),
  time_in = coalesce((select s.time_in from summed s where s.number = r.number), '{}');
update records set state_since = opened_at where state_since is null;
alter table records alter column state_since set not null;

alter table records
  add column parent text generated always as (fields ->> 'parent') stored,
  add column duplicate_of text generated always as (fields ->> 'duplicateOf') stored;
create index records_parent on records (parent) where parent is not null;
create index records_duplicate_of on records (duplicate_of) where duplicate_of is not null;

-- Down Migration
alter table records drop column parent, drop column duplicate_of, drop column state_since, drop column time_in;
