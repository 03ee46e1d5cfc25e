-- Webhooks: programs such as a CRM send leads with a key and a signature (docs/decisions/039-webhooks.md). A secret has to be
-- readable to check a signature, so it is encrypted with a key that is stored outside of the database.
create table webhook_sources (
  id uuid primary key,
  -- The API key that the sender uses; only its requests are held to these secrets.
  keyid text not null references api_keys (keyid) on delete cascade,
  name text not null,
  -- Encrypted. A revoked webhook keeps none.
  secret text,
  -- The secret before the last rotation, valid until then.
  previous_secret text,
  previous_until timestamptz,
  created_at timestamptz not null,
  rotated_at timestamptz,
  revoked_at timestamptz,
  last_delivery_at timestamptz,
  constraint webhook_sources_secret check ((secret is null) = (revoked_at is not null)),
  constraint webhook_sources_previous check ((previous_secret is null) = (previous_until is null)),
  constraint webhook_sources_ended check (revoked_at is null or previous_secret is null)
);

create index webhook_sources_keyid on webhook_sources (keyid) where revoked_at is null;
-- the list, oldest first
create index webhook_sources_created on webhook_sources (created_at, id);

-- Deliveries that were stored, so that one that comes twice changes nothing. The row commits with the leads.
create table webhook_deliveries (
  source_id uuid not null references webhook_sources (id) on delete cascade,
  -- The header webhook-id.
  id text not null,
  -- HMAC-SHA-256 of the body, so that the hash does not confirm a guess at what it said.
  body_hash bytea not null,
  -- Deferred, because the delivery is claimed before its import is stored.
  import_id uuid not null references imports (id) on delete cascade deferrable initially deferred,
  received_at timestamptz not null,
  primary key (source_id, id),
  constraint webhook_deliveries_hash check (octet_length(body_hash) = 32)
);

-- removal of old rows
create index webhook_deliveries_received on webhook_deliveries (received_at);
-- removal of an import
create index webhook_deliveries_import on webhook_deliveries (import_id);
