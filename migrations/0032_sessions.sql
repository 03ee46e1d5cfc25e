-- Sessions of the page: a cookie stands for an API key until it expires (docs/decisions/046-page-sessions.md).
create table sessions (
  id uuid primary key,
  keyid text not null references api_keys (keyid) on delete cascade,
  -- HMAC-SHA-256 of the cookie's text with the pepper, so that a copy of the table opens no session.
  secret_hmac bytea not null,
  -- The secret of the key that signed in: the session ends with it.
  key_hmac bytea not null,
  -- Browser and system, as Hunter names them.
  browser text not null,
  created_at timestamptz not null,
  -- Exact to the minute.
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  -- Signed out or revoked; the row goes once the session would have expired.
  ended_at timestamptz,
  constraint sessions_hmacs check (octet_length(secret_hmac) = 32 and octet_length(key_hmac) = 32),
  constraint sessions_expiry check (expires_at > created_at)
);

-- the oldest session of a key
create index sessions_keyid on sessions (keyid, created_at);
-- the list, oldest first
create index sessions_created on sessions (created_at, id);
-- removal of old rows
create index sessions_expires on sessions (expires_at);
