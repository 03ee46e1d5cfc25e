import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import type { NewKeyDeps } from '#api/keys'
import { withDatabase } from '#cli/with-database'
import { baseOf } from '#runtime/base'
import { resource } from '#runtime/resources'

export const jsonArg = { type: 'boolean', description: 'Print JSON' } as const

/** Keys are made with the pepper of the installation that the command is attached to, and for its environment. */
export function withKeys<T>(work: (deps: NewKeyDeps, actor: string) => Promise<T>): Promise<T> {
  return withDatabase((db) => {
    const { settings, clock } = baseOf('cli')
    const deps = {
      db,
      clock,
      pepper: resource('KeyPepper').value,
      env: settings.HUNTER_ENV,
      randomBytes: (count: number) => randomBytes(count),
    }
    return work(deps, `cli ${userInfo().username}@${hostname()}`)
  })
}
