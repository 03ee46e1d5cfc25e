/** Runs an import whose file was uploaded, as the queue brings it. */
import { writeFile } from 'node:fs/promises'
import type { ImportId, ListUpload } from '#ingest/imports/create-import'
import { getImport } from '#ingest/imports/import-progress'
import { abandonImport, describeProblem, postponeImport, type RunDeps, runImport } from '#ingest/imports/run-import'
import { withListFile } from '#ingest/list-file'
import { readList } from '#ingest/read-list'
import { AppError } from '#platform/errors'

interface UploadedImportDeps extends RunDeps {
  tempDir: string
  openUpload: (upload: ListUpload & { keyid: string }) => Promise<AsyncIterable<Uint8Array>>
  /** Sends a new message: the queue counts how often it delivers each one. */
  queueImport: (next: { importId: ImportId; keyid: string | null }) => Promise<void>
}

interface UploadedImport {
  importId: ImportId
  /** The queue will not bring this message again. */
  lastTry: boolean
  isOver: () => boolean
}

/**
 * Returns false when its time was over: it stored some rows, and a new message brings the rest. An import that is gone is
 * done. @throws what kept it from going on, after noting it in the import
 */
export async function runUpload(deps: UploadedImportDeps, run: UploadedImport): Promise<boolean> {
  try {
    return await goOn(deps, run)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'IMPORT_NOT_FOUND') return true
    const note = run.lastTry ? abandonImport : postponeImport
    // a database that takes no note is most likely what was thrown; GET says that the import is stalled
    await note(deps, run.importId, describeProblem(thrown)).catch(() => undefined)
    throw thrown
  }
}

async function goOn(deps: UploadedImportDeps, { importId, lastTry, isOver }: UploadedImport): Promise<boolean> {
  const { state, problem, keyid } = await getImport(deps.db, importId)
  // the workers of earlier receives died silently; this one still lives to say so
  if (lastTry && state === 'running' && problem === null) {
    throw new AppError('IMPORT_STALLED', 'every worker that read on ended without an answer')
  }
  const isDone = await withListFile(deps.tempDir, (path) =>
    runImport(deps, {
      importId,
      isOver,
      openList: async ({ upload, uploadEtag, keyid, options }) => {
        if (upload === null || keyid === null) throw new AppError('UPLOAD_NOT_FOUND', 'this import has no upload')
        await writeFile(path, await deps.openUpload({ id: upload, etag: uploadEtag ?? undefined, keyid }))
        return readList(path, options)
      },
    }),
  )
  if (!isDone) await deps.queueImport({ importId, keyid })
  return isDone
}
