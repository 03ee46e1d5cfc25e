-- hunter: no transaction
-- Searches find domains with letters beyond ASCII as people type them. Only those few have a second text, which the
-- application folds (packages/leads/list/fold.ts) and, for rows that are here already, fills in batches after this migration.
-- Neither statement rewrites the table; the indexes hold these rows alone.
alter table companies add column if not exists domain_folded text collate "C";
create or replace view leads_ready as
  select l.company_id, c.domain, l.segment, l.segment_reason, l.priority, l.provisional, l.value as score,
         l.min as score_min, l.max as score_max, l.mailbox, l.gateway, l.rules_version, s.scanned_at, c.domain_folded
  from lead_scores l
  join scans s on s.company_id = l.company_id
  join companies c on c.id = l.company_id;
create index concurrently companies_folded_part on companies using gin (domain_folded gin_trgm_ops)
  with (fastupdate = off) where domain_folded is not null;
create index concurrently companies_folded_by_domain on companies (domain, id) include (domain_folded)
  where domain_folded is not null;
alter table companies alter column domain_folded set statistics 1000;
