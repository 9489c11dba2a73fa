-- Up Migration

-- Links that expired long ago are found without going through all. Links come nearly in the order in which they expire, so this costs a page next to nothing.
create index action_links_expire on action_links using brin (expires_at);

-- Down Migration
drop index action_links_expire;
