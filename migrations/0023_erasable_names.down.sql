-- hunter: no transaction
create index concurrently scan_job_domains_refused on scan_job_domains (job_id, position) where domain is null;
create index concurrently raw_leads_refused on raw_leads (id) where company_id is null;
drop index concurrently scan_job_domains_unnamed;
drop index concurrently raw_leads_unnamed;
drop index concurrently scan_job_domains_names;
drop index concurrently raw_leads_names;
alter table scan_job_domains drop column if exists names;
alter table raw_leads drop column if exists names;
