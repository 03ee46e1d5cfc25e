-- hunter: no transaction
drop index concurrently scan_jobs_scheduled;
drop index concurrently scans_by_next;
drop index concurrently scans_by_age;
alter table scan_jobs drop column if exists kind;
alter table scans drop column if exists scan_failures, drop column if exists next_scan_at;
drop table if exists rescan_schedule;
