-- Keys that nobody used since their import have no HMAC, which the older table asks for.
update scan_jobs set keyid = null where keyid in (select keyid from api_keys where secret_hmac is null);
delete from api_keys where secret_hmac is null;
alter table api_keys
  drop constraint api_keys_limit_positive,
  drop constraint api_keys_one_previous,
  drop constraint api_keys_previous_length,
  drop constraint api_keys_bcrypt_shape,
  drop constraint api_keys_has_secret,
  drop column rotated_at,
  drop column expires_at,
  drop column limit_per_minute,
  drop column previous_until,
  drop column previous_hmac,
  drop column bcrypt_hash,
  alter column secret_hmac set not null;
