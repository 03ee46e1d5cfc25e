import { Client } from 'pg'
import { keepPostgresRunning } from '#emulators/postgres/keep-running'

interface LocalDatabase {
  /** URL of the product's database. */
  url: string
  /** The properties that SST links as `Database`. */
  link: { host: string; port: number; username: string; password: string; database: string }
  close(): Promise<void>
}

const DATABASE = 'hunter'

interface DatabaseOptions {
  dir: string
  durable: boolean
  /** Called when the server dies, and when it runs again. */
  onProblem: (message: string) => void
}

/** Starts Postgres with the product's database, which the migrations fill. A server that dies is started again. */
export async function startDatabase({ dir, durable, onProblem }: DatabaseOptions): Promise<LocalDatabase> {
  const server = await keepPostgresRunning({ dir, durable, onChange: onProblem })
  try {
    await ensureDatabase(server.url)
  } catch (error) {
    await server.close()
    throw error
  }
  const url = new URL(server.url)
  url.pathname = `/${DATABASE}`
  const { hostname: host, port, username, password } = url
  return {
    url: url.href,
    link: { host, port: Number(port), username, password, database: DATABASE },
    close: () => server.close(),
  }
}

async function ensureDatabase(serverUrl: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE])
    if (rowCount === 0) await client.query(`create database ${DATABASE}`)
  } finally {
    await client.end()
  }
}
