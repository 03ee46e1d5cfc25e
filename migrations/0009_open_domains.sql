-- How many domains each key has open, for its quota: the sum over the key's open batches, read from one small index
-- whatever the tables hold.

alter table scan_batches
  -- The job's, copied: an index cannot look into another table. None: the job is nobody's.
  add column keyid text,
  -- That were put into the batch. Code that is older than this column leaves it 0.
  add column domains integer not null default 0,
  add constraint scan_batches_domains check (domains >= 0);

update scan_batches b
   set keyid = j.keyid, domains = d.domains
  from scan_jobs j,
       (select job_id, batch, count(*) as domains from scan_job_domains where batch is not null group by job_id, batch) d
 where j.id = b.job_id and (d.job_id, d.batch) = (b.job_id, b.number);

create index scan_batches_open on scan_batches (keyid) include (domains) where state in ('unsent', 'queued');
