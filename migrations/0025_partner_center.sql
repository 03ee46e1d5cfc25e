-- Referrals of Microsoft Partner Center (docs/decisions/045-referrals.md): the sign-in, and what Hunter keeps of each referral.

-- One row, once somebody has signed in.
create table partner_center (
  only_row boolean primary key default true,
  tenant text not null,
  client_id text not null,
  -- Both encrypted.
  client_secret text not null,
  refresh_token text not null,
  -- The partner's own domains, which are no customer's.
  own_domains text[] not null default '{}',
  -- Counts the refresh tokens, so that of two processes that replace one only the first does.
  generation integer not null default 1,
  -- Why a person must sign in once more.
  problem text,
  refreshed_at timestamptz not null,
  connected_at timestamptz not null,
  connected_by text not null,
  -- The sync that is at work.
  lease uuid,
  leased_until timestamptz,
  -- Partner Center asked to be left alone until then.
  retry_at timestamptz,
  -- Referrals that changed until then are stored: UTC with seven digits of a second, as text.
  read_to text,
  -- When a sync last read to the end.
  synced_at timestamptz,
  -- False: the last sync ended before the end of the list.
  is_complete boolean not null default false,
  -- A bulk scan that the queue may not have yet.
  unsent_job uuid,
  constraint partner_center_one_row check (only_row),
  constraint partner_center_lease check ((lease is null) = (leased_until is null))
);

-- No names, addresses or notes of people: only what makes a lead of a company.
create table partner_center_referrals (
  id text primary key,
  engagement_id text,
  etag text,
  -- UTC with seven digits of a second, which timestamptz has not.
  updated_at text not null,
  kind text not null,
  type text,
  qualification text,
  status text,
  substatus text,
  tenant_id text,
  -- Null: the referral names no company.
  company_id bigint references companies (id) on delete cascade,
  raw_lead_id bigint references raw_leads (id) on delete cascade,
  -- Why it names none.
  domain_missing text,
  -- Null: open. The row is removed some months after.
  closed_at timestamptz,
  constraint partner_center_referrals_kind check (kind in ('co-sell', 'marketplace', 'solution-provider', 'other')),
  constraint partner_center_referrals_missing check (
    domain_missing in ('no-address', 'no-company-address', 'several-companies', 'no-consent', 'erased')
  ),
  constraint partner_center_referrals_company check ((company_id is null) = (domain_missing is not null))
);

-- the score of a company, and its removal
create index partner_center_referrals_company_id on partner_center_referrals (company_id);
create index partner_center_referrals_raw_lead on partner_center_referrals (raw_lead_id) where raw_lead_id is not null;
create index partner_center_referrals_closed on partner_center_referrals (closed_at) where closed_at is not null;
