/** Takes a signed delivery of leads. The first delivery loads this file. */
import type { Context } from 'hono'
import { buildAuditContext } from '#api/http/audit-context'
import { requireJsonType } from '#api/http/body-type'
import type { ApiEnv } from '#api/http/context'
import { parseJson } from '#api/http/parse-json'
import { parseQuery, readBytes, validateInput } from '#api/http/validate'
import { webhookBody, webhookQuery } from '#api/ingest/inputs'
import { sendImport } from '#api/ingest/send-import'
import type { ImportDeps } from '#ingest/imports/create-import'
import { getImport } from '#ingest/imports/import-progress'
import { type RunDeps, runImport } from '#ingest/imports/run-import'
import { readLeads } from '#ingest/read-leads'
import { storeDelivery } from '#ingest/store-delivery'
import type { NewKeyDeps } from '#keys/verify-key'
import { verifyDelivery } from '#keys/webhooks/verify-delivery'

interface WebhookDeps extends ImportDeps, RunDeps {
  keyDeps: NewKeyDeps
}

/** Checks the signature over the bytes as they came, before anything reads what they say. */
export async function receiveWebhook(c: Context<ApiEnv>, deps: WebhookDeps): Promise<Response> {
  const scan = parseQuery(c, webhookQuery).scan === 'true'
  requireJsonType(c)
  const body = await readBytes(c)
  const { keyid } = c.get('key')
  const delivery = await verifyDelivery(deps.keyDeps, {
    keyid,
    id: c.req.header('webhook-id'),
    timestamp: c.req.header('webhook-timestamp'),
    signatures: c.req.header('webhook-signature'),
    body,
  })
  const { data, ...event } = validateInput(webhookBody, parseJson(body))
  const leads = readLeads(Array.isArray(data) ? data : [data])
  const importId = await storeDelivery(deps, { ...delivery, ...leads, event, keyid, scan, ...buildAuditContext(c) })
  // a repeated delivery starts the scan that one left out which was killed in between
  await runImport(deps, { importId, openList: () => Promise.reject(new Error('a delivery is stored whole')) })
  return sendImport(c, deps.db, await getImport(deps.db, importId), { status: 202 })
}
