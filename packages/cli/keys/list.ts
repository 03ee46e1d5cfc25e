import { type KeyInfo, listKeys } from '#keys/lifecycle'
import { withExamples } from '#cli/command'
import { readAll } from '#cli/read-all'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'

export const listCommand = withExamples(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const keys = await withKeys((deps) => readAll((page) => listKeys(deps, page)))
      if (args.json) return print(JSON.stringify(keys))
      if (keys.length === 0) return print('No keys yet. Create one with "hunter keys create NAME".')
      const headings = ['id', 'name', 'scopes', 'limit', 'last used', 'expires', 'state']
      print(
        formatTable(headings, keys.map(toRow), {
          wraps: ['name'],
          leaves: ['limit', 'expires', 'scopes', 'last used'],
        }),
      )
    },
  },
  ['npx hunter keys list', 'npx hunter keys list --json'],
)

function toRow(key: KeyInfo): string[] {
  const minute = (time: Date | null) => (time === null ? '-' : formatTime(time))
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
