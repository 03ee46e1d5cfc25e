-- hunter: no transaction
-- What customers' lists say about a company: its name, the domain of its e-mail address and the list's other columns. In a
-- table of its own, because every scan writes the company's row anew and would write these texts' index with it. Nothing
-- here rewrites a table or keeps writers waiting.
create table if not exists listed_companies (
  company_id bigint primary key references companies (id) on delete cascade,
  company text,
  email_domain text collate "C",
  -- [{"name": "Şehir", "value": "İzmir"}] in the order of the list's columns.
  fields jsonb not null,
  -- All of it, as the application folds it for searches (packages/leads/list/fold.ts).
  search_text text collate "C" not null,
  updated_at timestamptz not null,
  constraint listed_companies_company check (length(company) between 1 and 200),
  constraint listed_companies_email_domain check (length(email_domain) between 1 and 253),
  -- The application keeps 4,000 characters at most.
  constraint listed_companies_fields check (jsonb_typeof(fields) = 'array' and octet_length(fields::text) <= 65536)
);
create index concurrently listed_companies_part on listed_companies using gin (search_text gin_trgm_ops)
  with (fastupdate = off);
alter table listed_companies alter column search_text set statistics 1000;

create or replace view leads_ready as
  select l.company_id, c.domain, l.segment, l.segment_reason, l.priority, l.provisional, l.value as score,
         l.min as score_min, l.max as score_max, l.mailbox, l.gateway, l.rules_version, s.scanned_at, c.domain_folded,
         d.company, d.email_domain, coalesce(d.fields, '[]') as fields, d.search_text as listed_text
  from lead_scores l
  join scans s on s.company_id = l.company_id
  join companies c on c.id = l.company_id
  left join listed_companies d on d.company_id = l.company_id;

-- Best first: by priority, then by score, as one number.
create index concurrently lead_scores_by_priority on lead_scores ((1000 * priority - value), company_id);
create index concurrently lead_scores_mailbox_by_priority on lead_scores
  (mailbox, (1000 * priority - value), company_id);
