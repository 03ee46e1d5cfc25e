-- hunter: no transaction
-- Which companies were erased, so that a restore of an older backup erases them again (docs/decisions/032-erasure.md).
-- The domain itself is not here: only an HMAC under a key that is not in the database.
create table if not exists erasures (
  id uuid primary key,
  domain_hash bytea not null,
  -- Which key made the hash.
  key_id text not null,
  erased_at timestamptz not null,
  constraint erasures_hash check (length(domain_hash) = 32)
);

-- What names a domain besides its company: an erasure finds it without reading whole tables.
create index concurrently scan_job_domains_by_domain on scan_job_domains (domain) where domain is not null;
create index concurrently scan_job_domains_refused on scan_job_domains (job_id, position) where domain is null;
create index concurrently raw_leads_refused on raw_leads (id) where company_id is null;
create index concurrently idempotency_keys_by_domain on idempotency_keys ((made ->> 'domain'));
