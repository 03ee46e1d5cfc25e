import { createHash, type Hash } from 'node:crypto'
import type { Member } from '#backups/format/manifest'

export interface DefinitionsHash {
  /** Takes the text of a member, without its first and last line, in the order of the object. Rows do not count. */
  update(kind: Member['kind'], sql: string): void
  sha256(): string
}

/**
 * SHA-256 of a dump's definitions: pre-data, sequences, post-data and refresh, one after the other. Unlike the hashes of
 * the members it depends neither on the id of the backup nor on its compression.
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
