-- hunter: no transaction
-- Which hosts a refused row names, so that an erasure finds it through an index (docs/decisions/041-names-of-refused-rows.md).
-- Null: not worked out, or too many; an erasure then reads the row itself. The application fills what older releases stored.
-- Every erasure reads the list of pending names, so it stays short.
alter table raw_leads add column if not exists names text[];
alter table scan_job_domains add column if not exists names text[];

create index concurrently raw_leads_names on raw_leads using gin (names) with (gin_pending_list_limit = 256) where names is not null;
create index concurrently scan_job_domains_names on scan_job_domains using gin (names) with (gin_pending_list_limit = 256) where names is not null;
create index concurrently raw_leads_unnamed on raw_leads (id) where company_id is null and names is null;
create index concurrently scan_job_domains_unnamed on scan_job_domains (job_id, position) where domain is null and names is null;
drop index concurrently raw_leads_refused;
drop index concurrently scan_job_domains_refused;
