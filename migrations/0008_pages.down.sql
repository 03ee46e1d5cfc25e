-- hunter: no transaction
drop index concurrently scan_batches_by_state;
create index concurrently scan_jobs_key on scan_jobs (keyid) where keyid is not null;
drop index concurrently scan_jobs_key_newest;
drop index concurrently scan_jobs_newest;
drop index concurrently api_keys_by_creation;
drop index concurrently companies_by_creation;
