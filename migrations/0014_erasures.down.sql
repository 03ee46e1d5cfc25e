-- hunter: no transaction
drop index concurrently idempotency_keys_by_domain;
drop index concurrently raw_leads_refused;
drop index concurrently scan_job_domains_refused;
drop index concurrently scan_job_domains_by_domain;
drop table if exists erasures;
