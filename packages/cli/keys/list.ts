import { type KeyInfo, listKeys } from '#keys/lifecycle'
import { command } from '#cli/command'
import { readAll } from '#cli/read-all'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { paint, print, table } from '#cli/terminal'

export const listCommand = command(
  {
    meta: { description: 'List all keys, with their scopes and when each was used last' },
    args: { json: jsonArg },
    run: async ({ args }) => {
      const keys = await withKeys((deps) => readAll((page) => listKeys(deps, page)))
      if (args.json) return print(JSON.stringify(keys))
      if (keys.length === 0) return print('There is no key yet: hunter keys create NAME')
      print(table(['id', 'name', 'scopes', 'limit', 'last used', 'expires', 'state'], keys.map(rowOf)))
    },
  },
  ['npx hunter keys list', 'npx hunter keys list --json'],
)

function rowOf(key: KeyInfo): string[] {
  const minute = (time: Date | null) => time?.toISOString().slice(0, 16).replace('T', ' ') ?? '-'
  return [
    key.keyid,
    key.name,
    key.scopes.join(','),
    key.limitPerMinute === null ? '-' : `${key.limitPerMinute}/min`,
    minute(key.lastUsedAt),
    minute(key.expiresAt),
    key.state === 'active' ? paint('green', key.imported ? 'active, imported' : 'active') : paint('red', key.state),
  ]
}
