-- Up Migration

-- Which Temporal namespace drives the records. One row. Workers name the namespace that they serve with everything that they do, and take this
-- row's share lock with it: what a worker of another namespace would do finds no row, and changing the row waits for what is under way.
create table temporal_identity (
  one boolean primary key default true check (one),
  -- Raised whenever another namespace takes over.
  generation integer not null,
  namespace text not null,
  -- The server makes it anew with every registration, also under the same name.
  namespace_id text not null,
  -- For people: a namespace that fails over to another cluster is still the same namespace.
  cluster_id text not null,
  since timestamptz not null,
  -- Null while open records are being brought over.
  recovered_at timestamptz
);

-- Records that their workflow could not read or tick, since when and why. Gone as soon as it works again.
create table stalled (
  number text primary key,
  doing text not null check (doing in ('resume', 'tick')),
  seq integer not null,
  since timestamptz not null,
  last_at timestamptz not null,
  attempts integer not null,
  error text not null
);
create index stalled_since on stalled (since, number);

-- Down Migration
drop table stalled, temporal_identity;
