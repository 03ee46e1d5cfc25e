-- Keys that are rotated, that end, that have a limit of their own, and that come from elsewhere as bcrypt hashes.

alter table api_keys
  alter column secret_hmac drop not null,
  -- Of an imported key that was not used yet; beside an HMAC: of the secret before it.
  add column bcrypt_hash text,
  add column previous_hmac bytea,
  -- Until when the secret before the last rotation is taken too.
  add column previous_until timestamptz,
  add column limit_per_minute integer,
  add column expires_at timestamptz,
  add column rotated_at timestamptz,
  add constraint api_keys_has_secret check (secret_hmac is not null or bcrypt_hash is not null),
  add constraint api_keys_bcrypt_shape check (bcrypt_hash ~ '^\$2[aby]\$(0[4-9]|1[0-4])\$[./0-9A-Za-z]{53}$'),
  add constraint api_keys_previous_length check (octet_length(previous_hmac) = 32),
  add constraint api_keys_one_previous check (
    (previous_until is not null) =
    (previous_hmac is not null or (secret_hmac is not null and bcrypt_hash is not null))
    and not (previous_hmac is not null and bcrypt_hash is not null)
  ),
  add constraint api_keys_limit_positive check (limit_per_minute between 1 and 1000000);
