import { createHash, type Hash } from 'node:crypto'
import type { Member } from '#backups/format/manifest'

export interface DefinitionsHash {
  /** Adds a member's text, without its first and last line, in the object's order. Rows are ignored. */
  update(kind: Member['kind'], sql: string): void
  sha256(): string
}

/**
 * Computes the SHA-256 of a dump's definitions: pre-data, sequences, post-data and refresh, concatenated. Unlike the
 * members' hashes it depends neither on the backup's id nor on compression.
 */
export function createDefinitionsHash(): DefinitionsHash {
  const sha: Hash = createHash('sha256')
  return {
    update: (kind, sql) => {
      if (kind !== 'table' && kind !== 'large-objects') sha.update(sql)
    },
    sha256: () => sha.copy().digest('hex'),
  }
}
