import type { NewKeyDeps } from '#keys/verify-key'
import { getActor } from '#cli/actor'
import { withDatabase } from '#cli/with-database'
import { getProcessContext } from '#runtime/process-context'
import { createKeyDeps } from '#runtime/key-deps'

export const jsonArg = { type: 'boolean', description: 'Print JSON' } as const

/** `actor` names who runs the command, for the audit trail of keys. */
export function withKeys<T>(work: (deps: NewKeyDeps, actor: string) => Promise<T>): Promise<T> {
  return withDatabase((db) => work(createKeyDeps(getProcessContext('cli'), db), getActor()))
}
