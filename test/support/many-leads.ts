import { sql } from 'drizzle-orm'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { runInTransaction, type Transaction } from '#db/transaction'

/** Pairs of a new lead and the one whose verdict it takes. */
const COPIES = (copies: number) => sql`
  create temp table copies on commit drop as
  select nextval(pg_get_serial_sequence('companies', 'id')) as new_id, donor.id as like_id, copy,
         regexp_replace(one.domain, '^([^.]+)', '\\1-' || copy) as domain
    from places one cross join generate_series(1, ${sql.raw(String(copies))}) copy
    join places donor on donor.place = (one.place + copy * 7919) % one.many`

const PLACES = sql`
  create temp table places on commit drop as
  select c.id, c.domain, row_number() over (order by c.id) - 1 as place, count(*) over () as many
    from companies c join lead_scores l on l.company_id = c.id`

const INSERTS = [
  sql`insert into companies (id, domain) overriding system value select new_id, domain from copies`,
  sql`insert into scans (company_id, signals, provider, scanned_at)
      select new_id, s.signals, s.provider, s.scanned_at - copy * interval '1 hour 13 minutes 17.389 seconds'
        from copies join scans s on s.company_id = like_id`,
  sql`insert into lead_scores
      select new_id, l.value, l.min, l.max, l.rules_version, l.breakdown, l.mailbox, l.gateway, l.segment,
             l.segment_reason, l.priority, l.provisional, l.scored_at
        from copies join lead_scores l on l.company_id = like_id`,
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
