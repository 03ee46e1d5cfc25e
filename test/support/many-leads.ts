import { sql } from 'drizzle-orm'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { runInTransaction, type Transaction } from '#db/transaction'

/** A number from 0 that looks drawn at random, and is the same in every run. */
const draw = (from: string, below: string) => sql.raw(`((hashtextextended(${from}, 0) & 4294967295) % (${below}))`)

/**
 * Pairs of a new lead and the one whose verdict it takes, in an order that says nothing about either: neither the domain nor
 * the verdict nor the time follows the place in the table.
 */
const COPIES = (copies: number) => sql`
  create temp table copies on commit drop as
  select nextval(pg_get_serial_sequence('companies', 'id')) as new_id, like_id, domain from (
    select donor.id as like_id, regexp_replace(one.domain, '^([^.]+)', '\\1-' || copy) as domain
      from places one cross join generate_series(1, ${sql.raw(String(copies))}) copy
      join places donor on donor.place = ${draw("'verdict' || one.domain || copy", 'one.many')}
     order by hashtextextended(one.domain, copy)
  ) shuffled`

const PLACES = sql`
  create temp table places on commit drop as
  select c.id, c.domain, row_number() over (order by c.id) - 1 as place, count(*) over () as many
    from companies c join lead_scores l on l.company_id = c.id`

/** A list brings a thousand companies at a time, so that these share the moment of their creation. */
const INSERTS = [
  sql`insert into companies (id, domain, created_at) overriding system value
      select new_id, domain, timestamptz '2026-11-20' - interval '1 year' + new_id / 1000 * interval '1 minute' from copies`,
  sql`insert into scans (company_id, signals, provider, scanned_at)
      select new_id, s.signals, s.provider,
             timestamptz '2026-11-20' - ${draw("'time' || copies.domain", '90 * 86400')} * interval '1 second'
               - new_id % 1000 * interval '1 millisecond'
        from copies join scans s on s.company_id = like_id`,
  sql`insert into lead_scores
      select new_id, l.value, l.min, l.max, l.rules_version, l.breakdown, l.mailbox, l.gateway, l.segment,
             l.segment_reason, l.priority, l.provisional, s.scanned_at
        from copies join lead_scores l on l.company_id = like_id join scans s on s.company_id = new_id`,
]

/** The foreign keys of a copied row are right, and looking each up takes longer than the row. Our own triggers count it. */
function trustKeys(table: string) {
  return [sql.raw(`alter table ${table} disable trigger all`), sql.raw(`alter table ${table} enable trigger user`)]
}

/** A machine under load seeds more slowly than the product may work: on a connection of its own, without limits. */
const SEED_TIMEOUT_MS = 1_800_000

async function patiently(db: Database, work: (patient: Database) => Promise<void>): Promise<void> {
  const url = db.$client.options.connectionString ?? ''
  const patient = createDatabase({ url, maxConnections: 1, statementTimeoutMs: 0 })
  try {
    await work(patient)
  } finally {
    await closeDatabase(patient)
  }
}

/**
 * `copies` more of every lead, made inside the server: each has a domain and a time of its own, and the verdict of
 * another, so that domains say nothing about scores. Statistics are taken at the end, as autovacuum would.
 */
export async function multiplyLeads(db: Database, copies: number): Promise<void> {
  const seed = [PLACES, sql`analyze places`, COPIES(copies), sql`analyze copies`, ...INSERTS]
  await patiently(db, async (patient) => {
    const work = async (tx: Transaction) => {
      for (const statement of [...trustKeys('scans'), ...trustKeys('lead_scores'), ...seed]) await tx.execute(statement)
      for (const table of ['scans', 'lead_scores']) await tx.execute(sql.raw(`alter table ${table} enable trigger all`))
    }
    await runInTransaction(patient, work, { timeoutMs: SEED_TIMEOUT_MS })
    for (const table of ['companies', 'scans', 'lead_scores']) await patient.execute(sql.raw(`vacuum analyze ${table}`))
  })
}

/** One lead in so many gets a domain that is kept in punycode, and found by what it was before. */
export async function respellLeads(db: Database, { oneIn }: { oneIn: number }): Promise<void> {
  await patiently(db, async (patient) => {
    await patient.execute(sql`
      update companies set domain = 'xn--' || domain, domain_folded = domain
       where id % ${oneIn} = 0 and domain not like 'xn--%'`)
    await patient.execute(sql`vacuum analyze companies`)
  })
}

/** Gives every company a name, an e-mail domain and two columns, as an imported list does; the words are those of the domain. */
export async function nameCompanies(db: Database): Promise<void> {
  await patiently(db, async (patient) => {
    await patient.execute(sql`
      insert into listed_companies (company_id, company, email_domain, fields, search_text, updated_at)
      select id, initcap(name) || ' Ltd. Şti.', domain,
             jsonb_build_array(
               jsonb_build_object('name', 'Şehir', 'value', city),
               jsonb_build_object('name', 'Sektör', 'value', 'üretim ' || id % 97)),
             name || ' ltd. sti.\n' || domain || '\n' || city || '\nuretim ' || id % 97, now()
        from (select id, domain, translate(split_part(domain, '.', 1), '-', ' ') as name,
                     (array['istanbul', 'ankara', 'izmir', 'bursa', 'adana'])[1 + id % 5] as city
                from companies) named
       order by id`)
    await patient.execute(sql`vacuum analyze listed_companies`)
  })
}

export const IMPORTS_ONE_IN = [1, 3, 10, 100, 1_000, 10_000]

/** The import that brought one company in so many. */
export const nameImport = (oneIn: number) => `00000000-0000-7000-8000-${String(oneIn).padStart(12, '0')}`

/** Imports of all sizes, whose companies are spread over the table. */
export async function importLeads(db: Database): Promise<void> {
  await patiently(db, async (patient) => {
    for (const oneIn of IMPORTS_ONE_IN) {
      await patient.execute(sql`
        insert into raw_leads (import_id, source, line, input, company_id)
        select ${nameImport(oneIn)}, 'csv', row_number() over (order by ${draw("'line' || domain", '4294967296')}), to_jsonb(domain), id
          from companies where ${draw(`'${oneIn}' || domain`, String(oneIn))} = 0`)
    }
    await patient.execute(sql`vacuum analyze raw_leads`)
  })
}

/** A referral of one company in fifty, of any kind. */
export async function referLeads(db: Database): Promise<void> {
  await patiently(db, async (patient) => {
    await patient.execute(sql`
      update lead_scores l set referral = (array['co-sell', 'solution-provider', 'marketplace', 'other'])[1 + c.id % 4]
        from companies c where c.id = l.company_id and ${draw("'referral' || domain", '50')} = 0`)
    await patient.execute(sql`vacuum analyze lead_scores`)
  })
}

/** A move of one company in twenty; four in five moved their mailboxes, and one in two hundred replaced its gateway. */
export async function moveLeads(db: Database): Promise<void> {
  await patiently(db, async (patient) => {
    await patient.execute(sql`
      insert into lead_moves (company_id, kind, from_place, to_place, is_complete, evidence, at)
      select id, case when chance < 160 then 'mailbox-moved' when chance < 180 then 'gateway-added'
                      when chance < 190 then 'gateway-removed' when chance < 199 then 'half-moved'
                      else 'gateway-replaced' end,
             '{"id": "google-workspace", "name": "Google Workspace", "kind": "google"}',
             '{"id": "microsoft-365", "name": "Microsoft 365", "kind": "microsoft-365"}', true, '["mx.example"]', at
        from (
          select id, ${draw("'kind' || domain", '200')} as chance,
                 timestamptz '2026-11-20' - ${draw("'moved' || domain", '90 * 86400')} * interval '1 second' as at
            from companies where ${draw("'moves' || domain", '20')} = 0
        ) moved order by at`)
    await patient.execute(sql`vacuum analyze lead_moves`)
  })
}
