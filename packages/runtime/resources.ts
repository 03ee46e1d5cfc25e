/**
 * Reads what the infrastructure links to a function. This is the only import of SST's `Resource`; each link is parsed
 * before use.
 */
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'

/** Nothing is linked without SST, as when `npm ci --omit=dev` installs the command alone. */
const { Resource } = await import('sst/resource').catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  return { Resource: {} }
})

const text = z.string().check(z.minLength(1))

const database = z.object({
  host: text,
  port: z.coerce.number(),
  username: text,
  password: z.string(),
  database: text,
})

const schemas = {
  App: z.object({ name: text, stage: text }),
  Database: database,
  ProofServer: database,
  Redis: z.object({ url: text, token: text }),
  Backups: z.object({ name: text }),
  Transfers: z.object({ name: text }),
  ScanQueue: z.object({ url: text }),
  ScanQueueDead: z.object({ url: text }),
  BackupQueue: z.object({ url: text }),
  ProofQueue: z.object({ url: text }),
  KeyPepper: z.object({ value: text }),
  /** Empty when the secret was never set. */
  BackupKey: z.object({ value: z.string() }),
}

export type DatabaseResource = z.infer<typeof database>
type Resources = { [Name in keyof typeof schemas]: z.infer<(typeof schemas)[Name]> }

/** @throws AppError SETTING_INVALID when the function is not linked to the resource, or the link has another shape */
export function getResource<Name extends keyof Resources>(name: Name): Resources[Name] {
  const parsed = z.safeParse(schemas[name], linked(name), { jitless: true }) // used once: compiling takes longer
  if (parsed.success) return parsed.data as Resources[Name]
  throw new AppError('SETTING_INVALID', `the resource ${name} is not linked or not valid`)
}

/**
 * Does the same for a resource that a function can do without.
 * @throws AppError SETTING_INVALID when the link has another shape
 */
export function findResource<Name extends keyof Resources>(name: Name): Resources[Name] | undefined {
  return linked(name) === undefined ? undefined : getResource(name)
}

function linked(name: string): unknown {
  try {
    return (Resource as unknown as Record<string, unknown>)[name]
  } catch {
    return undefined
  }
}
