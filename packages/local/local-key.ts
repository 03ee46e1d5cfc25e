import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createKey, createKeyVerifier } from '#keys/verify-key'
import type { Database } from '#db/client'
import { AppError } from '#platform/errors'
import { systemClock } from '#platform/clock'
import { writePrivate } from '#local/data-dir'

interface LocalKeyDeps {
  db: Database
  dataDir: string
  pepper: string
}

/**
 * Returns this machine's API key. It is created at the first start, and again only when the database no longer has it.
 */
export async function ensureLocalApiKey({ db, dataDir, pepper }: LocalKeyDeps): Promise<string> {
  const deps = { db, clock: systemClock, pepper, env: 'local' }
  const path = join(dataDir, 'api-key')
  const kept = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (kept && (await isKnown(deps, kept))) return kept
  const { key } = await createKey(
    { ...deps, randomBytes: (count) => randomBytes(count) },
    { name: 'local', scopes: ['read', 'write', 'admin'], actor: 'start' },
  )
  await writePrivate(path, `${key}\n`)
  return key
}

async function isKnown(deps: Parameters<typeof createKeyVerifier>[0], key: string): Promise<boolean> {
  try {
    await createKeyVerifier(deps).verify(key)
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'KEY_INVALID') return false
    throw error
  }
}
