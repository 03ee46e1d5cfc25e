/** A Postgres server below a process of its own, so that limits can be set for both: `node postgres-process.ts <folder>`. */
import { startPostgres } from '#emulators/postgres/postgres'
import { newestPostgres } from './newest-postgres.ts'

const server = await startPostgres({ ...(await newestPostgres()), dir: process.argv[2]!, durable: false })
process.on('SIGTERM', () => void server.close().then(() => process.exit()))
console.log(server.url)
