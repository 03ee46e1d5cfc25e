-- Migrations of companies from one mail provider to another, by name: the feed of moves and a filter of the lead list
-- read them. One row can be worth a call, so it also keeps the hosts that show it.
create table lead_moves (
  id bigint generated always as identity primary key,
  company_id bigint not null references companies (id) on delete cascade,
  kind text not null,
  -- {"id", "name", "kind"} of a provider; null where there was no gateway
  from_place jsonb,
  to_place jsonb,
  is_complete boolean not null,
  evidence jsonb not null,
  at timestamptz not null,
  constraint lead_moves_kind check (
    kind in ('mailbox-moved', 'gateway-added', 'gateway-removed', 'gateway-replaced', 'half-moved')
  ),
  constraint lead_moves_a_place check (from_place is not null or to_place is not null)
);

-- newest first, and since a time
create index lead_moves_at on lead_moves (at, id);
-- the filter of the lead list, and the removal of a company
create index lead_moves_company on lead_moves (company_id, at);
