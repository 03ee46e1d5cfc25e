/** Every operation of the API, joined from the resources' tables and contracts, in the order of the document. */
import type * as z from 'zod/mini'
import { alertContract } from '#api/alerts/contract'
import { channelContract } from '#api/channels/contract'
import { moveContract } from '#api/moves/contract'
import { auditContract } from '#api/audit/contract'
import { backupContract } from '#api/backups/contract'
import type { Contract, Operation } from '#api/contract/operation'
import { emailToolContract } from '#api/email-tools/contract'
import { dashboardContract } from '#api/dashboard/contract'
import { erasureContract } from '#api/erasures/contract'
import { healthContract, liveContract } from '#api/health/contract'
import type { Route, RouteTable } from '#api/http/route'
import { ingestContract } from '#api/ingest/contract'
import { keyContract } from '#api/keys/contract'
import { leadContract } from '#api/leads/contract'
import { overrideContract } from '#api/provider-overrides/contract'
import { referralContract } from '#api/referrals/contract'
import { rescanContract } from '#api/rescans/contract'
import { retiredContract } from '#api/retired/contract'
import { rootContract } from '#api/root/contract'
import { type Resource, TABLES } from '#api/route-table'
import { sessionContract } from '#api/session/contract'
import { scanContract } from '#api/scans/contract'
import { unsubscribeContract } from '#api/unsubscribe/contract'
import { uploadContract } from '#api/uploads/contract'
import { webhookContract } from '#api/webhooks/contract'

const CONTRACTS = {
  root: rootContract,
  live: liveContract,
  health: healthContract,
  ingest: ingestContract,
  scans: scanContract,
  leads: leadContract,
  rescans: rescanContract,
  referrals: referralContract,
  dashboard: dashboardContract,
  erasures: erasureContract,
  alerts: alertContract,
  channels: channelContract,
  unsubscribe: unsubscribeContract,
  moves: moveContract,
  emailTools: emailToolContract,
  overrides: overrideContract,
  keys: keyContract,
  session: sessionContract,
  webhooks: webhookContract,
  retired: retiredContract,
  audit: auditContract,
  backups: backupContract,
  uploads: uploadContract,
} satisfies { [Name in Resource]: Contract<(typeof TABLES)[Name]> }

/** What the client's types are derived from. */
export type Contracts = typeof CONTRACTS

export interface RoutedOperation extends Operation {
  /** Its name in the contract and the table. */
  id: string
  scopes: Route['scopes']
  takes: Route['takes']
}

/** Keys are `method path` with OpenAPI's path syntax: `get /api/v1/leads/{domain}`. */
export const OPERATIONS: Readonly<Record<string, RoutedOperation>> = Object.fromEntries(
  Object.entries(CONTRACTS).flatMap(([resource, { operations }]) =>
    joinOperations(TABLES[resource as Resource], operations),
  ),
)

function joinOperations(table: RouteTable, operations: Record<string, Operation>): [string, RoutedOperation][] {
  return Object.entries(table).map(([name, { route, scopes, takes }]) => {
    const operation = operations[name] as Operation // the type Contract guarantees it
    return [route.replace(/:(\w+)/g, '{$1}'), { ...operation, id: name, scopes, takes }]
  })
}

/** Schemas of the answers and their parts, by their names in the document. */
export const ANSWERS: Readonly<Record<string, z.ZodMiniType>> = collectAnswers()

function collectAnswers(): Record<string, z.ZodMiniType> {
  const all = new Map<string, z.ZodMiniType>()
  for (const [name, schema] of Object.values(CONTRACTS).flatMap(({ answers }) => Object.entries(answers))) {
    if (all.has(name) && all.get(name) !== schema) throw new Error(`two contracts have an answer named ${name}`)
    all.set(name, schema)
  }
  return Object.fromEntries([...all].sort(([one], [other]) => (one < other ? -1 : 1)))
}
