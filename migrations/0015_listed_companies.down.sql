-- hunter: no transaction
drop index concurrently lead_scores_mailbox_by_priority;
drop index concurrently lead_scores_by_priority;
do $$ begin
  drop view leads_ready;
  create view leads_ready as
    select l.company_id, c.domain, l.segment, l.segment_reason, l.priority, l.provisional, l.value as score,
           l.min as score_min, l.max as score_max, l.mailbox, l.gateway, l.rules_version, s.scanned_at, c.domain_folded
    from lead_scores l
    join scans s on s.company_id = l.company_id
    join companies c on c.id = l.company_id;
end $$;
drop table if exists listed_companies;
