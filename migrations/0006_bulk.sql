-- Bulk scans that can be cancelled, and that say how often they were retried.

alter table scan_jobs
  -- A retry opens domains again: the one time that progress goes back.
  add column retries integer not null default 0,
  add constraint scan_jobs_retries check (retries >= 0);

alter table scan_batches
  drop constraint scan_batches_state,
  drop constraint scan_batches_finished,
  add constraint scan_batches_state check (state in ('unsent', 'queued', 'committed', 'failed', 'cancelled')),
  add constraint scan_batches_finished check (
    (state in ('committed', 'failed', 'cancelled')) = (finished_at is not null)
  );

alter table scan_job_domains
  drop constraint scan_job_domains_outcome,
  add constraint scan_job_domains_outcome check (outcome in ('pending', 'done', 'failed', 'cancelled'));
