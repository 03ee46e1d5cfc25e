-- Imports of lists: how far each is, what it recognised, and which bulk scans it started. Rows are stored in chunks, and each chunk
-- counts itself here in its own transaction (docs/decisions/034-imports.md), so that an import that was killed goes on where it
-- stopped. Lists that were imported before have no row.
create table imports (
  id uuid primary key,
  -- Null: the command line.
  keyid text references api_keys (keyid),
  state text not null default 'running',
  -- The uploaded file; null for one that came in the request.
  upload text,
  -- What overrides the guesses: column, delimiter, encoding.
  options jsonb not null default '{}',
  -- Format, encoding, delimiter, sheet, header and columns; null until the file was read.
  recognised jsonb,
  -- An estimate for CSV.
  rows_total integer,
  rows integer not null default 0,
  accepted integer not null default 0,
  refused integer not null default 0,
  -- Companies that were new.
  created integer not null default 0,
  -- Accepted rows that name a company a second time; null until all rows are in.
  duplicates integer,
  scan boolean not null default false,
  scan_jobs uuid[] not null default '{}',
  -- Line whose company is the last that a bulk scan has.
  scanned_line integer not null default 0,
  -- Why not every company is in a bulk scan, or why the import failed: {"code", "message"}.
  problem jsonb,
  created_at timestamptz not null,
  finished_at timestamptz,
  constraint imports_state check (state in ('queued', 'running', 'done', 'failed')),
  constraint imports_finished check ((state in ('done', 'failed')) = (finished_at is not null)),
  constraint imports_counts check (rows = accepted + refused and accepted >= created and created >= 0 and refused >= 0)
);
