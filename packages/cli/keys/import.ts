import { text as textFrom } from 'node:stream/consumers'
import { importedKeys, importKeys } from '#keys/import'
import { validateInput } from '#api/http/validate'
import { AppError } from '#platform/errors'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { openFile } from '#cli/open-file'
import { paint, print } from '#cli/terminal'
import { formatCount } from '#platform/count-text'

export const importCommand = withExamples(
  {
    args: {
      file: {
        type: 'positional',
        required: true,
        valueHint: 'FILE',
        description: 'JSON file: a list of {keyid, name, scopes, bcrypt_hash, limit_per_minute?, expires_at?}',
      },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const { stream } = await openFile(args.file)
      const keys = checkFile(args.file, await textFrom(stream))
      const imported = await withKeys((deps, actor) => importKeys(deps, { keys, actor }))
      print(
        args.json
          ? JSON.stringify({ imported })
          : `${paint('green', 'Imported')} ${formatCount(imported.length, 'key')}`,
      )
    },
  },
  ['npx hunter keys import keys.json'],
)

function checkFile(path: string, text: string) {
  try {
    return validateInput(importedKeys, JSON.parse(text))
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw new AppError('FILE_UNUSABLE', `${path} is not JSON`, { cause: thrown })
    const fields = (thrown.details?.['fields'] ?? []) as { field: string; message: string }[]
    const problems = fields.slice(0, 10).map(({ field, message }) => `${field} ${message}`)
    throw new AppError('FILE_UNUSABLE', `${path} cannot be imported: ${problems.join('; ')}`, { details: { fields } })
  }
}
