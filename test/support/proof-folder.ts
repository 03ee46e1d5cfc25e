import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCluster, getTemplateName } from '#backups/proof/pglite-template'

/** A temporary folder of its own for proofs, with the cluster that they copy: to make one anew takes seconds. */
export async function makeProofFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hunter-proof-test-'))
  const workDir = await mkdtemp(join(folder, 'work-'))
  await rename(await createCluster({ tempDir: tmpdir(), workDir }), join(folder, getTemplateName()))
  await rm(workDir, { recursive: true })
  return folder
}
