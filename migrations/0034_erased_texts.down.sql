-- hunter: no transaction
drop index concurrently imports_part;
drop index concurrently idempotency_keys_rows_part;
drop index concurrently idempotency_keys_key_part;
