-- hunter: no transaction
drop statistics lead_scores_verdict;
drop index concurrently lead_scores_segment_mailbox_best;
alter table companies alter column domain set statistics -1;
drop index concurrently companies_domain_part;
drop extension pg_trgm;
drop index concurrently companies_by_domain;
do $$ begin
  drop view leads_ready;
  alter table companies alter column domain type text collate "default";
  create view leads_ready as
    select l.company_id, c.domain, l.segment, l.segment_reason, l.priority, l.provisional, l.value as score,
           l.min as score_min, l.max as score_max, l.mailbox, l.gateway, l.rules_version, s.scanned_at
    from lead_scores l
    join scans s on s.company_id = l.company_id
    join companies c on c.id = l.company_id;
end $$;
