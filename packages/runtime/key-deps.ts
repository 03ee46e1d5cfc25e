import { randomBytes } from 'node:crypto'
import type { NewKeyDeps } from '#keys/verify-key'
import type { Database } from '#db/client'
import type { ProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'

/** API keys are made and verified with the pepper of the linked installation, for its environment. */
export function createKeyDeps(
  { settings, clock }: Pick<ProcessContext, 'settings' | 'clock'>,
  db: Database,
): NewKeyDeps {
  return {
    db,
    clock,
    pepper: getResource('KeyPepper').value,
    env: settings.HUNTER_ENV,
    randomBytes: (count) => randomBytes(count),
  }
}
