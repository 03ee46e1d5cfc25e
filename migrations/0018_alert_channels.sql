-- Where alerts are sent: channels, one queue for each address, and an outbox with a row for each channel and alert
-- (docs/decisions/043-alerts-delivered.md).

-- What the company looked like when the alert was raised: channels filter by it. Null: raised before channels existed.
alter table alerts
  add column segment text,
  add column priority smallint,
  add column score smallint,
  add constraint alerts_segment check (segment in ('Existing', 'Migration', 'Cold', 'Skip'));

-- Channels with the same address share its queue: one message at a time is on its way there.
create table alert_queues (
  -- HMAC-SHA-256 of the address
  address_hash bytea primary key,
  -- nothing is sent before
  next_at timestamptz not null,
  -- attempts that failed in a row
  failures integer not null default 0,
  -- the deliverer that has the queue, and until when
  claim uuid,
  claimed_until timestamptz,
  constraint alert_queues_claim check ((claim is null) = (claimed_until is null)),
  constraint alert_queues_hash check (length(address_hash) = 32)
);

create table alert_channels (
  id uuid primary key,
  name text not null,
  kind text not null,
  -- Encrypted: the address of a Slack webhook alone lets anyone post there.
  address text not null,
  -- what people may see of it
  address_hint text not null,
  address_hash bytea not null references alert_queues (address_hash),
  -- Encrypted; webhooks are signed with it, and with the previous one until its time ends.
  secret text,
  previous_secret text,
  previous_until timestamptz,
  -- Filters; null: all.
  types text[],
  segments text[],
  priority_max smallint,
  language text not null,
  -- Null: at once. Otherwise alerts wait for this hour of the day.
  digest_hour smallint,
  timezone text not null,
  state text not null default 'unverified',
  state_reason text,
  failing_since timestamptz,
  created_at timestamptz not null,
  constraint alert_channels_kind check (kind in ('webhook', 'slack', 'teams', 'email')),
  constraint alert_channels_state check (state in ('unverified', 'active', 'failing', 'disabled')),
  constraint alert_channels_failing check ((state = 'failing') = (failing_since is not null)),
  constraint alert_channels_language check (language in ('tr', 'en')),
  constraint alert_channels_types_known check (types <@ array[
    'mx_changed', 'dmarc_added', 'dmarc_removed', 'dmarc_weakened', 'domain_expiring', 'segment_changed'
  ]),
  constraint alert_channels_segments_known check (segments <@ array['Existing', 'Migration', 'Cold', 'Skip']),
  constraint alert_channels_priority check (priority_max between 1 and 7),
  constraint alert_channels_hour check (digest_hour between 0 and 23),
  constraint alert_channels_previous check ((previous_secret is null) = (previous_until is null)),
  constraint alert_channels_secret check ((kind = 'webhook') = (secret is not null))
);
create index alert_channels_queue on alert_channels (address_hash);

-- The outbox, and the log of what was sent.
create table alert_deliveries (
  -- Every attempt carries it, so that a receiver sees a repeat.
  id uuid primary key default gen_random_uuid(),
  channel_id uuid not null references alert_channels (id) on delete cascade,
  alert_id bigint not null references alerts (id) on delete cascade,
  state text not null default 'waiting',
  attempts smallint not null default 0,
  next_at timestamptz not null,
  last_at timestamptz,
  -- HTTP status of the last answer
  last_status smallint,
  last_error text,
  constraint alert_deliveries_once unique (channel_id, alert_id),
  constraint alert_deliveries_state check (state in ('waiting', 'sent', 'failed')),
  constraint alert_deliveries_attempts check (attempts >= 0)
);
create index alert_deliveries_waiting on alert_deliveries (channel_id, next_at) where state = 'waiting';
-- the removal of an alert
create index alert_deliveries_alert on alert_deliveries (alert_id);
