-- hunter: no transaction
drop index concurrently if exists alert_deliveries_failed;
delete from alert_deliveries where alert_id is null;
alter table alert_deliveries
  drop constraint if exists alert_deliveries_one_content,
  drop column if exists digest_id,
  alter column alert_id set not null;
drop table if exists alert_digests;
alter table alert_channels drop column if exists digest_from, drop column if exists digest_marks;
alter table lead_scores drop column if exists entry;
