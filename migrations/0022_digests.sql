-- hunter: no transaction
-- The daily digest of a channel (docs/decisions/048-digest.md): how far each channel has been told, one row for each day,
-- and leads in the order in which they were first judged. Nothing here rewrites a table or keeps writers waiting.

alter table lead_scores
  -- Grows with each company that is judged for the first time; null: judged before digests existed.
  add column if not exists entry bigint;
create sequence if not exists lead_scores_entry_seq owned by lead_scores.entry;
alter table lead_scores alter column entry set default nextval('lead_scores_entry_seq');

alter table alert_channels
  -- Where the next digest begins; null: the channel gets no digest yet.
  add column if not exists digest_from timestamptz,
  -- The same place as ids: {"moves", "alerts", "entries"}. Ids show what a slow transaction adds; times do not.
  add column if not exists digest_marks jsonb;
alter table alert_channels drop constraint if exists alert_channels_digest;
alter table alert_channels
  add constraint alert_channels_digest check ((digest_from is null) = (digest_marks is null)) not valid;
alter table alert_channels validate constraint alert_channels_digest;

create table if not exists alert_digests (
  id uuid primary key,
  channel_id uuid not null references alert_channels (id) on delete cascade,
  -- The channel's own; a day has one digest at most.
  day date not null,
  -- Its period: from the first, to before the second.
  from_at timestamptz not null,
  to_at timestamptz not null,
  from_marks jsonb not null,
  to_marks jsonb not null,
  -- `open` until every transaction has ended that was running at the end of the period; `empty`: nothing to say.
  state text not null default 'open',
  opened_at timestamptz not null,
  -- The newest proven backup, as far as the digest could read it.
  backup jsonb,
  constraint alert_digests_a_day unique (channel_id, day),
  constraint alert_digests_state check (state in ('open', 'empty', 'queued'))
);
create index concurrently alert_digests_open on alert_digests (opened_at) where state = 'open';

-- A delivery carries an alert or a digest.
alter table alert_deliveries
  alter column alert_id drop not null,
  add column if not exists digest_id uuid;
alter table alert_deliveries drop constraint if exists alert_deliveries_digest;
alter table alert_deliveries
  add constraint alert_deliveries_digest foreign key (digest_id) references alert_digests (id) on delete cascade not valid;
alter table alert_deliveries validate constraint alert_deliveries_digest;
alter table alert_deliveries drop constraint if exists alert_deliveries_one_content;
alter table alert_deliveries
  add constraint alert_deliveries_one_content check (num_nonnulls(alert_id, digest_id) = 1) not valid;
alter table alert_deliveries validate constraint alert_deliveries_one_content;

-- channels that have failed since a time
create index concurrently alert_deliveries_failed on alert_deliveries (channel_id, last_at) where state = 'failed';
create unique index concurrently alert_deliveries_by_digest on alert_deliveries (digest_id)
  where digest_id is not null;
create unique index concurrently lead_scores_by_entry on lead_scores (entry) where entry is not null;
