import type { Database } from '#db/client'
import { apiKeys } from '#db/tables'
import type { TestApi } from './test-api.ts'

/** Id of the key in the contract's example of a new webhook. */
const SENDER = '3kTMd92aXb0Q'

/**
 * Creates what the contract's examples name, and returns the ids in the place of the path parameters. `key` is an
 * administrator's, and signs what it delivers from now on.
 */
export async function createExamples(api: TestApi, db: Database, key: string): Promise<Record<string, string>> {
  const sender = { keyid: SENDER, name: 'sender', scopes: ['write' as const], secretHmac: Buffer.alloc(32) }
  await db.insert(apiKeys).values(sender).onConflictDoNothing()
  await api.signAs(key)
  const keyid = (await api.key(['write'])).split('_')[2] ?? ''
  const post = async (path: string, body: object) => {
    const { data } = (await api.call('POST', `/api/v1${path}`, { key, body })).body
    return String(data['id'])
  }
  return {
    keyid,
    job: await post('/scan/bulk', { domains: ['acme.com.tr', '10.0.0.1'] }),
    import: await post('/ingest/csv', { csv: 'domain\nacme.com.tr\n192.0.2.1\n' }),
    webhook: await post('/admin/webhooks', { name: 'form', keyid }),
  }
}
