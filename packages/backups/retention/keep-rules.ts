/**
 * Applies a user's keep rules to verified backups in a store without a lifecycle: the newest backup of each of the last
 * periods stays.
 */
import { type BackupId, getBackupTime } from '#backups/format/backup-id'
import { createCalendar } from '#backups/retention/calendar'

/** Number of periods of each kind; a backup stays when any rule keeps it. */
export interface KeepRules {
  last?: number | undefined
  daily?: number | undefined
  weekly?: number | undefined
  monthly?: number | undefined
}

type Rule = keyof KeepRules

const RULES = ['last', 'daily', 'weekly', 'monthly'] as const satisfies readonly Rule[]

/** Skips periods without a backup: after a month of silence the daily rule still keeps the same number. */
export function findKeepReasons(
  newestFirst: readonly BackupId[],
  rules: KeepRules,
  timezone: string,
): Map<BackupId, string[]> {
  const calendar = createCalendar(timezone)
  const reasons = new Map<BackupId, string[]>(newestFirst.map((id) => [id, []]))
  for (const rule of RULES) {
    const seen = new Set<string>()
    for (const id of newestFirst) {
      const period = rule === 'last' ? id : selectPeriod(rule, calendar(getBackupTime(id)))
      if (seen.size >= (rules[rule] ?? 0) || seen.has(period)) continue
      seen.add(period)
      reasons.get(id)?.push(rule === 'last' ? `one of the last ${rules.last}` : `the newest of ${SAID[rule]}${period}`)
    }
  }
  return reasons
}

const SAID = { daily: '', weekly: 'the week of ', monthly: '' } as const

function selectPeriod(rule: Exclude<Rule, 'last'>, { day, week, month }: { day: string; week: string; month: string }) {
  return { daily: day, weekly: week, monthly: month }[rule]
}

/** True when the rules keep anything at all. */
export function hasRule(rules: KeepRules): boolean {
  return RULES.some((rule) => (rules[rule] ?? 0) > 0)
}
