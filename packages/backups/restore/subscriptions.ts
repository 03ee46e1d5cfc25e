/** Hands subscriptions over when databases swap: at any time only one database uses the publisher's slot. */
import type { Client } from 'pg'
import { AppError, getErrorMessage } from '#platform/errors'
import { type AdminConnection, disableEventTriggers } from '#backups/postgres/drop-database'
import { openSession, withDatabase } from '#backups/postgres/session'
import { quoteName, quoteText } from '#backups/postgres/quote'
import { type Swap, swapDatabases } from '#backups/restore/swap-database'
import type { DumpedSubscription } from '#backups/restore/subscription-text'

interface Subscription {
  name: string
  slot: string | null
  enabled: boolean
  owner: string
  isOurs: boolean
}

const SUBSCRIPTIONS = `
  SELECT s.subname AS name, s.subslotname AS slot, s.subenabled AS enabled,
    pg_catalog.pg_get_userbyid(s.subowner) AS owner, pg_catalog.pg_has_role(s.subowner, 'USAGE') AS "isOurs"
  FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
  WHERE d.datname = $1 ORDER BY 1`

async function listSubscriptions(admin: Client, database: string): Promise<Subscription[]> {
  return (await admin.query<Subscription>(SUBSCRIPTIONS, [database])).rows
}

/** Checks before any work that the swap will be able to stop them. @throws AppError RESTORE_FAILED */
export async function refuseSubscriptionsOfOthers(admin: Client, database: string): Promise<void> {
  const others = (await listSubscriptions(admin, database)).filter(({ isOurs }) => !isOurs)
  if (others.length === 0) return
  const named = others.map(({ name, owner }) => `${name} (owned by ${owner})`).join(', ')
  const message = `${database} has subscriptions that the swap must stop, but this role may not: ${named}`
  throw new AppError('RESTORE_FAILED', `${message}; restore as their owner or a superuser, or disable and drop them`)
}

/**
 * Swaps the databases and hands over the live one's subscriptions: stops them before the renames, takes the slots from
 * the replaced database, and finally gives them to the new live one. A failed swap restarts them. @returns what the
 * user must know about subscriptions and slots
 */
export async function swapWithSubscriptions(beside: AdminConnection, swap: Swap): Promise<string[]> {
  const { admin, adminUrl } = beside
  const { live, before } = swap
  const formerOnes = before === undefined ? [] : await listSubscriptions(admin, live)
  const running = formerOnes.filter(({ enabled }) => enabled)
  const slots = before === undefined ? [] : await listSlots(admin, live)
  await inDatabase(adminUrl, live, running, ({ name }) => [`ALTER SUBSCRIPTION ${name} DISABLE`])
  try {
    await swapDatabases(admin, adminUrl, swap)
  } catch (error) {
    await inDatabase(adminUrl, live, running, ({ name }) => [`ALTER SUBSCRIPTION ${name} ENABLE`])
    throw error
  }
  if (before === undefined) return restingRemarks(admin, live, [])
  const withSlot = formerOnes.filter(({ slot }) => slot !== null)
  const remarks = await orRemark(
    () => inDatabase(adminUrl, before, withSlot, ({ name }) => [`ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`]),
    () => takeOver(beside, live, before, withSlot),
  )
  return [
    ...remarks,
    ...(await restingRemarks(admin, live, formerOnes)),
    ...slots.map((slot) => slotRemark(slot, before)),
  ]
}

/** The swap is complete: a later failure becomes a remark with the commands to run by hand. */
async function orRemark(release: () => Promise<void>, take: () => Promise<string[]>): Promise<string[]> {
  try {
    await release()
    return await take()
  } catch (error) {
    return [`subscriptions were not moved over and stay disabled: ${getErrorMessage(error)}`]
  }
}

async function takeOver(
  { admin, adminUrl }: AdminConnection,
  live: string,
  before: string,
  formerOnes: Subscription[],
): Promise<string[]> {
  const present = new Set((await listSubscriptions(admin, live)).map(({ name }) => name))
  const remarks: string[] = []
  for (const subscription of formerOnes) {
    const { name, slot, enabled } = subscription
    if (!present.has(name)) {
      remarks.push(
        `the subscription ${name} is in ${before} only, disabled: its slot ${slot} keeps WAL on the publisher`,
      )
      continue
    }
    const steps = enabled ? startSteps : keepSteps
    try {
      await inDatabase(adminUrl, live, [subscription], steps)
      if (enabled) remarks.push(startedRemark(subscription))
    } catch (error) {
      const byHand = steps({ ...subscription, name: quoteName(name) }).join('; ')
      remarks.push(`the subscription ${name} was not started: ${getErrorMessage(error)}. Run in ${live}: ${byHand}`)
      await inDatabase(adminUrl, live, [subscription], stopSteps)
    }
  }
  return remarks
}

function keepSteps({ name, slot }: Subscription): string[] {
  return [`ALTER SUBSCRIPTION ${name} SET (slot_name = ${quoteText(slot ?? '')})`]
}

/** No slot has this name. A worker that knows no tables yet would read the real slot and skip every change in it. */
const NO_SLOT_YET = 'hunter_not_yet'

function startSteps(subscription: Subscription): string[] {
  const { name } = subscription
  return [
    ...keepSteps({ ...subscription, slot: NO_SLOT_YET }),
    `ALTER SUBSCRIPTION ${name} ENABLE`, // It learns its tables only after this.
    `ALTER SUBSCRIPTION ${name} REFRESH PUBLICATION WITH (copy_data = false)`,
    ...keepSteps(subscription),
  ]
}

function stopSteps({ name }: Subscription): string[] {
  return [`ALTER SUBSCRIPTION ${name} DISABLE`, `ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`]
}

function startedRemark({ name, slot }: Subscription): string {
  return `the subscription ${name} continues from the position of its slot ${slot}: the database lacks what it received after the backup`
}

/** Reports subscriptions that came with the backup and have no slot, unless they had none before. */
async function restingRemarks(admin: Client, live: string, formerOnes: Subscription[]): Promise<string[]> {
  const former = new Set(formerOnes.map(({ name }) => name))
  const resting = (await listSubscriptions(admin, live)).filter(({ name, slot }) => slot === null && !former.has(name))
  return describeCopiedSubscriptions(resting.map(({ name }) => ({ name: quoteName(name), slot: null })))
}

/** Reports a copy's subscriptions, none of which has a slot. */
export function describeCopiedSubscriptions(subscriptions: DumpedSubscription[]): string[] {
  return subscriptions.map(({ name, slot }) => {
    const start = [
      `ALTER SUBSCRIPTION ${name} SET (slot_name = '${slot ?? 'SLOT'}')`,
      `ALTER SUBSCRIPTION ${name} ENABLE`,
      `ALTER SUBSCRIPTION ${name} REFRESH PUBLICATION`,
    ].join('; ')
    return `the subscription ${name} is disabled and has no slot; to start it where no other database uses the slot: ${start}`
  })
}

async function listSlots(admin: Client, database: string): Promise<string[]> {
  const { rows } = await admin.query<{ name: string }>(
    `SELECT slot_name AS name FROM pg_catalog.pg_replication_slots WHERE database = $1 ORDER BY 1`,
    [database],
  )
  return rows.map(({ name }) => name)
}

function slotRemark(slot: string, before: string): string {
  return `the replication slot ${slot} belongs to ${before} and not to the database that is live now: create it there, and restart its readers`
}

/** Limit on waiting for a publisher that does not answer. */
const PUBLISHER_TIMEOUT_MS = 30_000

/** Runs statements for each subscription, by its quoted name. Each is its own transaction, which REFRESH requires. */
async function inDatabase(
  adminUrl: string,
  database: string,
  subscriptions: Subscription[],
  statements: (subscription: Subscription) => string[],
): Promise<void> {
  if (subscriptions.length === 0) return
  const session = await openSession(withDatabase(adminUrl, database))
  try {
    await disableEventTriggers(session)
    await session.query(`SET statement_timeout = ${PUBLISHER_TIMEOUT_MS}`)
    for (const each of subscriptions) {
      for (const sql of statements({ ...each, name: quoteName(each.name) })) await session.query(sql)
    }
  } finally {
    await session.end()
  }
}
