-- hunter: no transaction
drop index concurrently lead_moves_by_kind;
create index concurrently raw_leads_company on raw_leads (company_id) where company_id is not null;
drop index concurrently raw_leads_by_company;
create unique index concurrently lead_scores_companies on lead_scores (company_id);
alter table lead_scores drop constraint lead_scores_pkey, add constraint lead_scores_pkey primary key using index lead_scores_companies;
