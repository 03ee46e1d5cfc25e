/** The caller's own retention: `--keep-daily 7 --keep-weekly 4 --keep-monthly 12`. */
import { hasRule, type KeepRules } from '#backups/retention/keep-rules'
import { AppError } from '#platform/errors'

const keepArg = (what: string) =>
  ({
    type: 'string',
    valueHint: 'N',
    description: `Keep the newest verified backup of each of the last N ${what}; not for the stack's bucket`,
  }) as const

export const keepArgs = {
  'keep-last': {
    type: 'string',
    valueHint: 'N',
    description: "Keep the last N verified backups; not for the stack's bucket",
  },
  'keep-daily': keepArg('days'),
  'keep-weekly': keepArg('weeks'),
  'keep-monthly': keepArg('months'),
} as const

const RULES = {
  'keep-last': 'last',
  'keep-daily': 'daily',
  'keep-weekly': 'weekly',
  'keep-monthly': 'monthly',
} as const

export type KeepArgs = { [Option in keyof typeof RULES]?: string | undefined }

/** Returns undefined without any rule. A backup stays when at least one rule keeps it. @throws AppError USAGE */
export function parseKeep(args: KeepArgs): KeepRules | undefined {
  const rules: KeepRules = {}
  for (const option of Object.keys(RULES) as (keyof typeof RULES)[]) {
    const text = args[option]
    if (text === undefined) continue
    if (!/^\d{1,4}$/.test(text))
      throw new AppError('USAGE', `--${option} must be a whole number, not ${JSON.stringify(text)}`)
    rules[RULES[option]] = Number(text)
  }
  if (Object.keys(rules).length === 0) return undefined
  if (hasRule(rules)) return rules
  throw new AppError('USAGE', 'these rules keep no backup; to remove a single one, use "hunter backup forget ID"')
}
