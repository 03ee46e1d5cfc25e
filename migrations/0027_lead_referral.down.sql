-- hunter: no transaction
do $$ begin
  drop view leads_ready;
  create view leads_ready as
    select l.company_id, c.domain, l.segment, l.segment_reason, l.priority, l.provisional, l.value as score,
           l.min as score_min, l.max as score_max, l.mailbox, l.gateway, l.rules_version, s.scanned_at, c.domain_folded,
           d.company, d.email_domain, coalesce(d.fields, '[]') as fields, d.search_text as listed_text
    from lead_scores l
    join scans s on s.company_id = l.company_id
    join companies c on c.id = l.company_id
    left join listed_companies d on d.company_id = l.company_id;
end $$;
drop index concurrently lead_scores_by_referral;
alter table lead_scores drop column if exists referral;

update lead_changes set cause = 'rules' where cause = 'referral';
alter table lead_changes drop constraint if exists lead_changes_cause;
alter table lead_changes add constraint lead_changes_cause check (cause in ('scan', 'rules')) not valid;
alter table lead_changes validate constraint lead_changes_cause;
