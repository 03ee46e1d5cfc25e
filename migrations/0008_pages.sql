-- hunter: no transaction
-- The order of each list that comes in pages, with the key that tells rows of one moment apart.

create index concurrently companies_by_creation on companies (created_at, id);
create index concurrently api_keys_by_creation on api_keys (created_at, keyid);
create index concurrently scan_jobs_newest on scan_jobs (created_at desc, id desc);
create index concurrently scan_jobs_key_newest on scan_jobs (keyid, created_at desc, id desc) where keyid is not null;
drop index concurrently scan_jobs_key;

-- Which jobs are under way or were cancelled: few, however many have ended.
create index concurrently scan_batches_by_state on scan_batches (state, job_id)
  where state in ('unsent', 'queued', 'cancelled');
