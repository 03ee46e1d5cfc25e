-- What the requests of a key are counted under, from its first rotation on: one count, whichever secret they show.
alter table api_keys
  add column limit_id text,
  add constraint api_keys_limit_id_shape check (limit_id ~ '^[0-9a-f]{32}$');
