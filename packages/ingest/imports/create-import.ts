/** An import of a list as a row: which file it reads and how, and how far it is. */
import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { toStorableText } from '#db/storable'
import { imports } from '#db/tables'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import type { ListOptions } from '#ingest/read-list'
import type { Clock } from '#platform/clock'

export type ImportId = string & { readonly __brand: 'ImportId' }

/** Another worker stores the same rows: this one leaves them to it. */
export class ImportTakenOver extends Error {}

export interface ImportDeps {
  db: Database
  clock: Clock
  newId: () => string
}

export interface ListUpload {
  id: string
  /** The import reads this file and no later one; absent: whichever is there. */
  etag?: string | undefined
}

interface NewImport {
  /** Null: the command line. */
  keyid: string | null
  options?: ListOptions
  /** The uploaded file, for which the import waits for a worker. */
  upload?: ListUpload
  /** True: a bulk scan of the accepted companies follows. */
  scan?: boolean
  actor: string
  requestId?: string | undefined
}

export async function createImport(
  { db, clock, newId }: ImportDeps,
  { keyid, options = {}, upload, scan = false, actor, requestId }: NewImport,
  also?: AlsoSave<ImportId>,
): Promise<ImportId> {
  const id = newId() as ImportId
  const state = upload === undefined ? 'running' : 'queued'
  const given = toStorableText(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)))
  await runInTransaction(db, async (tx) => {
    const file = { upload: upload?.id, uploadEtag: upload?.etag }
    await tx.insert(imports).values({ id, keyid, state, ...file, options: given, scan, createdAt: clock.now() })
    const details = { ...given, upload: upload?.id, scan }
    await recordAudit(tx, { actor, action: 'list.imported', object: `import:${id}`, details, requestId })
    await also?.(tx, id)
  })
  return id
}
