/** Runs an import whose file was uploaded, as the queue brings it. */
import { writeFile } from 'node:fs/promises'
import type { ImportId } from '#ingest/imports/create-import'
import { abandonImport, type RunDeps, runImport } from '#ingest/imports/run-import'
import { withListFile } from '#ingest/list-file'
import { readList } from '#ingest/read-list'
import { AppError } from '#platform/errors'

interface UploadedImportDeps extends RunDeps {
  tempDir: string
  openUpload: (upload: { id: string; keyid: string }) => Promise<AsyncIterable<Uint8Array>>
}

interface UploadedImport {
  importId: ImportId
  /** The queue will not bring this message again. */
  lastTry: boolean
  isOver: () => boolean
}

/** Returns false when it stopped early. @throws what kept it from going on, unless this was its last try */
export async function runUpload(
  deps: UploadedImportDeps,
  { importId, lastTry, isOver }: UploadedImport,
): Promise<boolean> {
  try {
    return await withListFile(deps.tempDir, (path) =>
      runImport(deps, {
        importId,
        isOver,
        openList: async ({ upload, keyid, options }) => {
          if (upload === null || keyid === null) throw new AppError('UPLOAD_NOT_FOUND', 'this import has no upload')
          await writeFile(path, await deps.openUpload({ id: upload, keyid }))
          return readList(path, options)
        },
      }),
    )
  } catch (thrown) {
    if (!lastTry) throw thrown
    await abandonImport(deps, importId, thrown)
    return true
  }
}
