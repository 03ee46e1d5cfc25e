import { randomBytes } from 'node:crypto'
import type { NewKeyDeps } from '#keys/verify-key'
import type { Database } from '#db/client'
import type { Base } from '#runtime/process-context'
import { resource } from '#runtime/resources'

/** Keys are made and checked with the pepper of the installation that is linked, and for its environment. */
export function keyDepsOf({ settings, clock }: Pick<Base, 'settings' | 'clock'>, db: Database): NewKeyDeps {
  return {
    db,
    clock,
    pepper: resource('KeyPepper').value,
    env: settings.HUNTER_ENV,
    randomBytes: (count) => randomBytes(count),
  }
}
