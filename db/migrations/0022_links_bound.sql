-- Up Migration

-- The one answer that a link gives; null: every answer to its page, each once.
alter table action_links add column answer text;
-- The SHA-256 of what only the browser knows that answered with it first: from then on the link answers there alone.
alter table action_links add column used_by bytea;
-- By the link in the message, or in reply to it: a button, a text, a key. Null: given before that was noted.
alter table page_answers add column via text check (via in ('link', 'reply'));

-- Down Migration
alter table page_answers drop column via;
alter table action_links drop column used_by, drop column answer;
