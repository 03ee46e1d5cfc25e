-- Counts for the dashboard, kept by the transaction that saves a lead, because counting a million leads takes too long for
-- a page. Triggers keep them, so that every way to write a lead counts: scans, new rules, erasure and plain SQL.

-- Where leads stand today.
create table lead_counts (
  segment text not null,
  mailbox text not null,
  priority smallint not null,
  leads bigint not null,
  primary key (segment, mailbox, priority)
);

-- What was done in each quarter of an hour, in UTC: the offset of every time zone is a multiple of it.
create table activity_counts (
  quarter timestamptz primary key,
  scans bigint not null,
  changes bigint not null
);

-- Counts that are not yet in the two tables above. A transaction only appends here, so that two workers never wait for
-- the row of a count. A reader adds both.
create table lead_count_changes (
  id bigint generated always as identity primary key,
  segment text,
  mailbox text,
  priority smallint,
  leads bigint not null default 0,
  quarter timestamptz,
  scans bigint not null default 0,
  changes bigint not null default 0,
  constraint lead_count_changes_one_kind check (
    (quarter is null) = (segment is not null and mailbox is not null and priority is not null)
  )
);

-- About one insert in 64 folds all changes that it sees. The lock keeps others from folding meanwhile; they do not wait,
-- they leave their changes to the next. Above READ COMMITTED, a snapshot may be older than the last fold.
create function fold_lead_counts() returns trigger language plpgsql as $$
begin
  if not exists (select from added where id % 64 = 0) then return null; end if;
  if current_setting('transaction_isolation') <> 'read committed' then return null; end if;
  if not pg_try_advisory_xact_lock('public.lead_counts'::regclass::oid::bigint) then return null; end if;
  with gone as (delete from public.lead_count_changes returning *),
  counted as (
    insert into public.lead_counts as l
    select segment, mailbox, priority, sum(leads) from gone where quarter is null
     group by segment, mailbox, priority having sum(leads) <> 0
    on conflict (segment, mailbox, priority) do update set leads = l.leads + excluded.leads
  )
  insert into public.activity_counts as a
  select quarter, sum(scans), sum(changes) from gone where quarter is not null group by quarter
  on conflict (quarter) do update set scans = a.scans + excluded.scans, changes = a.changes + excluded.changes;
  return null;
end $$;

create function count_leads() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    delete from public.lead_count_changes where quarter is null;
    delete from public.lead_counts;
  elsif tg_op = 'INSERT' then
    insert into public.lead_count_changes (segment, mailbox, priority, leads)
    select segment, mailbox, priority, count(*) from added group by segment, mailbox, priority;
  elsif tg_op = 'DELETE' then
    insert into public.lead_count_changes (segment, mailbox, priority, leads)
    select segment, mailbox, priority, -count(*) from removed group by segment, mailbox, priority;
  else
    insert into public.lead_count_changes (segment, mailbox, priority, leads)
    select segment, mailbox, priority, sum(leads) from (
      select segment, mailbox, priority, 1 as leads from added
      union all
      select segment, mailbox, priority, -1 from removed
    ) both_sides group by segment, mailbox, priority having sum(leads) <> 0;
  end if;
  return null;
end $$;

-- A scan counts when it is saved first and when a newer one replaces it; new rules change no time of a scan. Erasing a
-- lead does not undo the work of that day.
create function count_scans() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into public.lead_count_changes (quarter, scans)
    select to_timestamp(floor(extract(epoch from scanned_at) / 900) * 900), count(*) from added group by 1;
  else
    insert into public.lead_count_changes (quarter, scans)
    select to_timestamp(floor(extract(epoch from added.scanned_at) / 900) * 900), count(*)
      from added join removed using (company_id) where added.scanned_at > removed.scanned_at group by 1;
  end if;
  return null;
end $$;

create function count_changes() returns trigger language plpgsql as $$
begin
  insert into public.lead_count_changes (quarter, changes)
  select to_timestamp(floor(extract(epoch from at) / 900) * 900), count(*) from added group by 1;
  return null;
end $$;

create trigger fold_lead_counts after insert on lead_count_changes
  referencing new table as added for each statement execute function fold_lead_counts();

create trigger count_scans_added after insert on scans
  referencing new table as added for each statement execute function count_scans();
create trigger count_scans_changed after update on scans
  referencing old table as removed new table as added for each statement execute function count_scans();

create trigger count_leads_added after insert on lead_scores
  referencing new table as added for each statement execute function count_leads();
create trigger count_leads_changed after update on lead_scores
  referencing old table as removed new table as added for each statement execute function count_leads();
create trigger count_leads_removed after delete on lead_scores
  referencing old table as removed for each statement execute function count_leads();
create trigger count_leads_emptied after truncate on lead_scores
  for each statement execute function count_leads();

create trigger count_changes_added after insert on lead_changes
  referencing new table as added for each statement execute function count_changes();

-- Creating the triggers locked out writers, so these counts miss nothing. Of earlier scans only the newest is known.
insert into lead_counts
select segment, mailbox, priority, count(*) from lead_scores group by segment, mailbox, priority;
insert into activity_counts
select quarter, sum(scans), sum(changes) from (
  select to_timestamp(floor(extract(epoch from scanned_at) / 900) * 900) as quarter, count(*) as scans, 0 as changes from scans group by 1
  union all
  select to_timestamp(floor(extract(epoch from at) / 900) * 900), 0, count(*) from lead_changes group by 1
) activity group by quarter;
