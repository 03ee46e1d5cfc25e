-- What was made under which Idempotency-Key, written by the transaction that made it.
create table idempotency_keys (
  keyid text not null references api_keys (keyid) on delete cascade,
  key text not null,
  -- Of the request: the same key with another one is refused.
  request_hash bytea not null,
  -- Whose turn it is, and until when: who dies leaves nothing locked for ever.
  claim uuid not null,
  locked_until timestamptz not null,
  created_at timestamptz not null,
  made jsonb,
  status smallint,
  location text,
  body text,
  primary key (keyid, key),
  constraint idempotency_keys_length check (length(key) between 1 and 255),
  constraint idempotency_keys_hash check (length(request_hash) = 32),
  constraint idempotency_keys_answer check ((status is null) = (body is null) and (body is null or made is not null))
);
create index idempotency_keys_oldest on idempotency_keys (created_at);
