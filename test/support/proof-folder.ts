import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getTemplateName, provideTemplate } from '#backups/proof/pglite-template'

/** A temporary folder of its own for proofs, with the cluster that they copy: creating a cluster takes seconds. */
export async function makeProofFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hunter-proof-test-'))
  const workDir = await mkdtemp(join(folder, 'work-'))
  const template = await provideTemplate({ tempDir: tmpdir(), workDir })
  await cp(template, join(folder, getTemplateName()), { recursive: true })
  await rm(workDir, { recursive: true })
  return folder
}
