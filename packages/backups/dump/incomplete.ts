import { AppError } from '#platform/errors'
import type { Manifest } from '#backups/format/manifest'

/** Collects the names of objects that the dump leaves out. */
export interface LeftOut {
  names: string[]
  /** Records objects that no dump can hold; they do not fail the backup. */
  note(names: string[]): void
  /** @throws AppError BACKUP_UNSUPPORTED, unless the caller allowed an incomplete backup */
  add(names: string[]): void
}

export function createLeftOut({ isAccepted }: { isAccepted: boolean }): LeftOut {
  const all: string[] = []
  return {
    names: all,
    note: (names) => void all.push(...names),
    add: (names) => {
      if (names.length === 0) return
      all.push(...names)
      if (isAccepted) return
      throw new AppError('BACKUP_UNSUPPORTED', `the dump cannot include ${names.join(', ')}`, {
        details: { objects: names },
      })
    },
  }
}

/** Names what a restored copy will lack, so that the restore can report it. */
export function listLacking({ incomplete = [] }: Manifest): string[] {
  return incomplete.map((what) => `the backup lacks ${what}`)
}
