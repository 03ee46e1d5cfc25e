-- What changed about each company, what somebody should hear of, administrators' fingerprints, and facts about addresses.

-- Ordered by id: a company's changes are written while its row is locked.
create table lead_changes (
  id bigint generated always as identity primary key,
  company_id bigint not null references companies (id) on delete cascade,
  type text not null,
  old_value jsonb,
  new_value jsonb,
  at timestamptz not null,
  constraint lead_changes_type check (type in (
    'mx_changed', 'spf_added', 'spf_removed', 'spf_changed', 'spf_broken', 'spf_repaired', 'dkim_added', 'dkim_removed',
    'dmarc_added', 'dmarc_removed', 'dmarc_weakened', 'dmarc_strengthened', 'dmarc_changed', 'ns_changed',
    'mta_sts_added', 'mta_sts_removed', 'tls_rpt_added', 'tls_rpt_removed', 'bimi_added', 'bimi_removed',
    'registrar_changed', 'domain_expiring', 'domain_renewed', 'provider_changed', 'gateway_changed', 'segment_changed',
    'score_changed'
  )),
  -- A date that comes near is the one change without a difference.
  constraint lead_changes_differ check (type = 'domain_expiring' or old_value is distinct from new_value)
);
create index lead_changes_company on lead_changes (company_id, id desc);

create table alerts (
  id bigint generated always as identity primary key,
  change_id bigint not null unique references lead_changes (id) on delete cascade,
  type text not null,
  raised_at timestamptz not null,
  constraint alerts_type check (type in (
    'mx_changed', 'dmarc_added', 'dmarc_removed', 'dmarc_weakened', 'domain_expiring', 'segment_changed'
  ))
);
create index alerts_type_newest on alerts (type, id desc);

-- Fingerprints that go before the built-in ones.
create table provider_overrides (
  signal text not null,
  suffix text not null,
  provider_id text not null,
  note text not null default '',
  created_by text not null,
  created_at timestamptz not null default now(),
  primary key (signal, suffix),
  constraint provider_overrides_signal check (signal in ('mx', 'spf', 'ns')),
  constraint provider_overrides_suffix_shape check (
    suffix = lower(suffix) and suffix ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)+$' and length(suffix) <= 253
  )
);

create table ip_facts (
  ip inet primary key,
  country text,
  asn bigint, -- 32 bits without a sign
  as_name text,
  source text not null,
  seen_at timestamptz not null,
  constraint ip_facts_single_address check (masklen(ip) = case family(ip) when 4 then 32 else 128 end),
  constraint ip_facts_country check (country ~ '^[A-Z]{2}$'),
  constraint ip_facts_asn check (asn between 0 and 4294967295)
);
create index ip_facts_oldest on ip_facts (seen_at);
