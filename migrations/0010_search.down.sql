drop view leads_ready;
-- with its indexes
alter table companies drop column domain_folded;
create view leads_ready as
  select l.company_id, c.domain, l.segment, l.segment_reason, l.priority, l.provisional, l.value as score,
         l.min as score_min, l.max as score_max, l.mailbox, l.gateway, l.rules_version, s.scanned_at
  from lead_scores l
  join scans s on s.company_id = l.company_id
  join companies c on c.id = l.company_id;
