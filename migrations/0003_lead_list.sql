-- hunter: no transaction
-- What keeps a page of leads fast whatever is filtered and sorted: measured on a million leads by test/bench/leads.ts.
-- One index is built after the other, while scans go on writing.

-- Domains in the order of their bytes: one index serves sorting and beginnings alike, and no upgrade of the system's
-- collations spoils it. The view stands in the way of the column.
do $$ begin
  drop view leads_ready;
  alter table companies alter column domain type text collate "C";
  create view leads_ready as
    select l.company_id, c.domain, l.segment, l.segment_reason, l.priority, l.provisional, l.value as score,
           l.min as score_min, l.max as score_max, l.mailbox, l.gateway, l.rules_version, s.scanned_at
    from lead_scores l
    join scans s on s.company_id = l.company_id
    join companies c on c.id = l.company_id;
end $$;
-- Walks in the order of domains without a look at the table.
create index concurrently companies_by_domain on companies (domain, id);

-- Part of a domain, from three characters on.
create extension pg_trgm;
-- Searches come while scans write: without a pending list each of them costs the same.
create index concurrently companies_domain_part on companies using gin (domain gin_trgm_ops) with (fastupdate = off);
-- How many domains a part will find is guessed from this sample.
alter table companies alter column domain set statistics 1000;

-- The segment follows from mailbox and score. A planner that takes them for independent walks the whole table in search
-- of leads that cannot be.
create index concurrently lead_scores_segment_mailbox_best on lead_scores (segment, mailbox, value desc, company_id desc);
create statistics lead_scores_verdict (mcv) on segment, mailbox, value from lead_scores;
alter statistics lead_scores_verdict set statistics 2000;
