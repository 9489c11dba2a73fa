-- Up Migration

-- Records that were computed under a policy which changes nothing of them, so that there is no event to say so. It holds for the record as it was at
-- `seq`: its next event names the policy that decided it.
create table policy_unaffected (
  number text primary key,
  seq integer not null,
  policy text not null
);

-- The policy file that a start took last: the same file again is not applied again over what was applied since.
create table policy_of_start (
  one boolean primary key default true check (one),
  hash text not null references policies
);
insert into policy_of_start (hash)
select hash from policy_activations where activated_by = 'start' order by id desc limit 1;

-- Down Migration
drop table policy_of_start, policy_unaffected;
