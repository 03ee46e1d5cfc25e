-- hunter: no transaction
-- Lists walk one table in the order of the page and look up each lead's verdict, or its import. These indexes answer that
-- without a look into the wide rows of the table. Two of the three replace an index, so that a scan writes no more of them.

-- A scan changes none of these columns unless it changes the verdict, which other indexes hold as well.
create unique index concurrently lead_scores_verdicts on lead_scores (company_id) include (segment, mailbox, value);
alter table lead_scores drop constraint lead_scores_pkey, add constraint lead_scores_pkey primary key using index lead_scores_verdicts;

create index concurrently raw_leads_by_company on raw_leads (company_id, import_id) where company_id is not null;
drop index concurrently raw_leads_company;

-- Moves of one kind, newest first.
create index concurrently lead_moves_by_kind on lead_moves (kind, at, id);
