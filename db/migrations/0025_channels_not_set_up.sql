-- Up Migration

-- What the worker that started last cannot send by, and what to set. A kind that is not here counts as set up: nobody is unreachable by mistake.
create table channels_not_set_up (
  kind text primary key,
  why text not null
);

-- Down Migration
drop table channels_not_set_up;
