-- hunter: no transaction
-- An erasure looks for the company's name in the answers that are kept for a day, and in what imports and their failures say.
-- Trigrams of these texts find the few that hold it; without them, an erasure read a day's answers and every import. The
-- expressions are those of packages/leads/erasure/refused-rows.ts.
create index concurrently idempotency_keys_key_part on idempotency_keys using gin (lower(key) gin_trgm_ops)
  with (fastupdate = on, gin_pending_list_limit = 256) where body is not null;
create index concurrently idempotency_keys_rows_part on idempotency_keys
  using gin (regexp_replace(body, '\\(["\\/bfnrt]|u[0-9a-f]{4})', ' ', 'g') gin_trgm_ops)
  with (fastupdate = on, gin_pending_list_limit = 256) where body is not null and made ?| array['importId', 'id'];
create index concurrently imports_part on imports
  using gin (regexp_replace(options::text || ' ' || coalesce(recognised::text, '') || ' ' || coalesce(problem::text, ''), '\\(["\\/bfnrt]|u[0-9a-f]{4})', ' ', 'g') gin_trgm_ops)
  with (fastupdate = on, gin_pending_list_limit = 256);
