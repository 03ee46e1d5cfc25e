import { AppError } from '#platform/errors'
import type { Manifest } from '#backups/format/manifest'

/** What a dump lacks of its database, by name. */
export interface LeftOut {
  names: string[]
  /** Names what no dump holds: the backup lacks it and does not fail for it. */
  note(names: string[]): void
  /** @throws AppError BACKUP_UNSUPPORTED, unless a backup that lacks something was asked for */
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
      throw new AppError('BACKUP_UNSUPPORTED', `the dump cannot hold ${names.join(', ')}`, {
        details: { objects: names },
      })
    },
  }
}

/** What a restore must say: no copy can have it. */
export function lacking({ incomplete = [] }: Manifest): string[] {
  return incomplete.map((what) => `the backup lacks ${what}`)
}
