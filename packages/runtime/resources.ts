/**
 * Reads what the infrastructure links to a function. This is the only import of SST's `Resource`; each link is parsed
 * before use.
 */
import { AppError } from '#platform/errors'

/** Nothing is linked without SST, as when `npm ci --omit=dev` installs the command alone. */
const { Resource } = await import('sst/resource').catch((error: NodeJS.ErrnoException) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  return { Resource: {} }
})

type Read<Value> = (value: unknown) => Value | undefined

const text: Read<string> = (value) => (typeof value === 'string' ? value : undefined)
const name: Read<string> = (value) => text(value) || undefined
const port: Read<number> = (value) => Number(value) || undefined

const database = { host: name, port, username: name, password: text, database: name }

/** The fields of each link. They need no zod, which a cold start would read for them alone. */
const LINKS = {
  App: { name, stage: name },
  Database: database,
  ProofServer: database,
  Redis: { url: name, token: name },
  Backups: { name },
  Transfers: { name },
  ScanQueue: { url: name },
  ScanQueueDead: { url: name },
  BackupQueue: { url: name },
  ProofQueue: { url: name },
  KeyPepper: { value: name },
  /** Empty when the secret was never set. */
  BackupKey: { value: text },
} as const satisfies Record<string, Record<string, Read<unknown>>>

type Resources = {
  [Link in keyof typeof LINKS]: {
    [Field in keyof (typeof LINKS)[Link]]: (typeof LINKS)[Link][Field] extends Read<infer Value> ? Value : never
  }
}
export type DatabaseResource = Resources['Database']

/** @throws AppError SETTING_INVALID when the function is not linked to the resource, or the link has another shape */
export function getResource<Link extends keyof Resources>(link: Link): Resources[Link] {
  const given = linked(link) as Record<string, unknown> | null | undefined
  const fields: [string, Read<unknown>][] = Object.entries(LINKS[link])
  const values = fields.map(([field, read]): [string, unknown] => [field, read(given?.[field])])
  if (values.every(([, value]) => value !== undefined)) return Object.fromEntries(values) as Resources[Link]
  throw new AppError('SETTING_INVALID', `the resource ${link} is not linked or not valid`)
}

/**
 * Does the same for a resource that a function can do without.
 * @throws AppError SETTING_INVALID when the link has another shape
 */
export function findResource<Link extends keyof Resources>(link: Link): Resources[Link] | undefined {
  return linked(link) === undefined ? undefined : getResource(link)
}

function linked(link: string): unknown {
  try {
    return (Resource as unknown as Record<string, unknown>)[link]
  } catch {
    return undefined
  }
}
