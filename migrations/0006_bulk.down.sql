-- The older tables know no cancelled work: it failed, with a reason that says why.
alter table scan_job_domains drop constraint scan_job_domains_outcome;
update scan_job_domains set outcome = 'failed', reason = 'CANCELLED', message = 'the job was cancelled'
  where outcome = 'cancelled';
alter table scan_job_domains
  add constraint scan_job_domains_outcome check (outcome in ('pending', 'done', 'failed'));

alter table scan_batches drop constraint scan_batches_finished, drop constraint scan_batches_state;
update scan_batches set state = 'failed' where state = 'cancelled';
alter table scan_batches
  add constraint scan_batches_state check (state in ('unsent', 'queued', 'committed', 'failed')),
  add constraint scan_batches_finished check ((state in ('committed', 'failed')) = (finished_at is not null));

alter table scan_jobs drop column retries;
