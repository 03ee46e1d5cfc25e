-- hunter: no transaction
-- Rescans by schedule (docs/decisions/044-rescans.md): the schedule itself, when each lead is due, and which jobs the schedule
-- made. Nothing here rewrites a table or keeps writers waiting.

-- One row, once somebody has changed the schedule; the application has the defaults.
create table if not exists rescan_schedule (
  only_row boolean primary key default true,
  every_days integer not null,
  -- Domains a day.
  budget integer not null,
  -- In which a day begins.
  timezone text not null,
  paused_at timestamptz,
  paused_by text,
  changed_at timestamptz not null,
  changed_by text not null,
  constraint rescan_schedule_one_row check (only_row),
  constraint rescan_schedule_every check (every_days between 1 and 365),
  constraint rescan_schedule_budget check (budget between 0 and 1000000),
  constraint rescan_schedule_paused check ((paused_at is null) = (paused_by is null))
);

alter table scans
  -- Null: as soon as the answer is old. A time: not before, because a job has the lead or its last scans failed. Infinity: never.
  add column if not exists next_scan_at timestamptz,
  -- Scans of the schedule that failed since the last answer.
  add column if not exists scan_failures smallint not null default 0;

alter table scan_jobs
  -- Who asked for what: `scan`, `rescan` (companies that are known) or `schedule` (a rescan that gives way to people).
  add column if not exists kind text not null default 'scan';

alter table scans drop constraint if exists scans_failures;
alter table scans add constraint scans_failures check (scan_failures between 0 and 8) not valid;
alter table scans validate constraint scans_failures;
alter table scan_jobs drop constraint if exists scan_jobs_kind;
alter table scan_jobs add constraint scan_jobs_kind check (kind in ('scan', 'rescan', 'schedule')) not valid;
alter table scan_jobs validate constraint scan_jobs_kind;

-- The oldest answers first, without those that have a time of their own.
create index concurrently scans_by_age on scans (scanned_at, company_id) where next_scan_at is null;
create index concurrently scans_by_next on scans (next_scan_at, company_id) where next_scan_at is not null;
create index concurrently scan_jobs_scheduled on scan_jobs (created_at) where kind = 'schedule';
