-- hunter: no transaction
-- Scans go on while the rows that are there are checked.
alter table lead_changes drop constraint if exists lead_changes_cause;
alter table lead_changes add constraint lead_changes_cause check (cause in ('scan', 'rules', 'referral')) not valid;
alter table lead_changes validate constraint lead_changes_cause;

-- The best kind of a lead's open referrals: a column of the lead list and a filter of it. Few leads have one.
alter table lead_scores add column if not exists referral text;
alter table lead_scores drop constraint if exists lead_scores_referral_kind;
alter table lead_scores add constraint lead_scores_referral_kind
  check (referral in ('co-sell', 'marketplace', 'solution-provider', 'other')) not valid;
alter table lead_scores validate constraint lead_scores_referral_kind;

update lead_scores l set referral = r.kind
  from (
    select distinct on (company_id) company_id, kind from partner_center_referrals
     where company_id is not null and closed_at is null
     order by company_id, array_position(array['co-sell', 'solution-provider', 'marketplace', 'other'], kind)
  ) r where r.company_id = l.company_id;

create index concurrently lead_scores_by_referral on lead_scores (referral, company_id) where referral is not null;

create or replace view leads_ready as
  select l.company_id, c.domain, l.segment, l.segment_reason, l.priority, l.provisional, l.value as score,
         l.min as score_min, l.max as score_max, l.mailbox, l.gateway, l.rules_version, s.scanned_at, c.domain_folded,
         d.company, d.email_domain, coalesce(d.fields, '[]') as fields, d.search_text as listed_text, l.referral
  from lead_scores l
  join scans s on s.company_id = l.company_id
  join companies c on c.id = l.company_id
  left join listed_companies d on d.company_id = l.company_id;
