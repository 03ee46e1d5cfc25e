-- Companies and what is known of them; bulk work; keys and the audit trail.
-- packages/db/tables.ts describes the same columns to TypeScript; a test compares the two.

create table companies (
  id bigint generated always as identity primary key,
  domain text not null unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint companies_domain_shape check (domain = lower(domain) and domain ~ '^[^\s.]+(\.[^\s.]+)+$' and length(domain) <= 253)
);

-- Every row that was ever handed in, as it came, taken or refused.
create table raw_leads (
  id bigint generated always as identity primary key,
  import_id uuid not null,
  source text not null,
  line integer not null,
  input jsonb not null,
  company_id bigint references companies (id) on delete cascade,
  rejected text,
  received_at timestamptz not null default now(),
  constraint raw_leads_line_positive check (line > 0),
  constraint raw_leads_taken_or_rejected check ((company_id is null) <> (rejected is null))
);
create index raw_leads_import on raw_leads (import_id, line);
create index raw_leads_company on raw_leads (company_id) where company_id is not null;

-- The newest known state of each signal of a company, with its evidence.
create table scans (
  company_id bigint primary key references companies (id) on delete cascade,
  signals jsonb not null,
  provider jsonb not null,
  scanned_at timestamptz not null,
  constraint scans_signals_object check (jsonb_typeof(signals) = 'object'),
  constraint scans_provider_object check (jsonb_typeof(provider) = 'object')
);
create index scans_newest on scans (scanned_at desc, company_id desc);

create table lead_scores (
  company_id bigint primary key references scans (company_id) on delete cascade,
  value smallint not null,
  min smallint not null,
  max smallint not null,
  rules_version integer not null,
  breakdown jsonb not null,
  mailbox text not null,
  gateway text,
  segment text not null,
  segment_reason text not null,
  priority smallint not null,
  provisional boolean not null,
  scored_at timestamptz not null,
  constraint lead_scores_range check (0 <= min and min <= value and value <= max and max <= 100),
  constraint lead_scores_segment check (segment in ('Existing', 'Migration', 'Cold', 'Skip')),
  constraint lead_scores_priority check (priority between 1 and 7)
);
create index lead_scores_best on lead_scores (value desc, company_id desc);
create index lead_scores_segment_best on lead_scores (segment, value desc, company_id desc);
create index lead_scores_mailbox_best on lead_scores (mailbox, value desc, company_id desc);

create view leads_ready as
  select l.company_id, c.domain, l.segment, l.segment_reason, l.priority, l.provisional, l.value as score, l.min as score_min,
         l.max as score_max, l.mailbox, l.gateway, l.rules_version, s.scanned_at
  from lead_scores l
  join scans s on s.company_id = l.company_id
  join companies c on c.id = l.company_id;

create table api_keys (
  keyid text primary key,
  name text not null,
  secret_hmac bytea not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint api_keys_hmac_length check (octet_length(secret_hmac) = 32),
  constraint api_keys_scopes_known check (cardinality(scopes) > 0 and scopes <@ array['read', 'write', 'admin'])
);

create table scan_jobs (
  id uuid primary key,
  keyid text references api_keys (keyid),
  received integer not null,
  duplicates integer not null,
  created_at timestamptz not null default now(),
  constraint scan_jobs_counts check (received > 0 and duplicates between 0 and received)
);
create index scan_jobs_key on scan_jobs (keyid) where keyid is not null;

-- The partial-commit log: which batches of a job are in the database, and which are not.
create table scan_batches (
  job_id uuid not null references scan_jobs (id) on delete cascade,
  number integer not null,
  state text not null default 'unsent',
  attempts integer not null default 0,
  error text,
  done integer not null default 0,
  failed integer not null default 0,
  queued_at timestamptz,
  finished_at timestamptz,
  primary key (job_id, number),
  constraint scan_batches_state check (state in ('unsent', 'queued', 'committed', 'failed')),
  constraint scan_batches_finished check ((state in ('committed', 'failed')) = (finished_at is not null)),
  constraint scan_batches_counts check (attempts >= 0 and done >= 0 and failed >= 0)
);

create table scan_job_domains (
  job_id uuid not null references scan_jobs (id) on delete cascade,
  position integer not null,
  batch integer,
  input text not null,
  domain text,
  outcome text not null default 'pending',
  reason text,
  message text,
  attempts integer not null default 0,
  finished_at timestamptz,
  primary key (job_id, position),
  constraint scan_job_domains_once unique (job_id, domain),
  constraint scan_job_domains_batch foreign key (job_id, batch) references scan_batches (job_id, number),
  constraint scan_job_domains_outcome check (outcome in ('pending', 'done', 'failed')),
  constraint scan_job_domains_reason check ((outcome = 'failed') = (reason is not null)),
  constraint scan_job_domains_finished check ((outcome = 'pending') = (finished_at is null)),
  constraint scan_job_domains_valid_in_batch check ((domain is null) = (batch is null) and (domain is not null or outcome = 'failed'))
);
create index scan_job_domains_batch on scan_job_domains (job_id, batch);

-- Who did what to which object.
create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  object text not null,
  details jsonb not null default '{}',
  request_id text
);
create index audit_log_newest on audit_log (at desc);
