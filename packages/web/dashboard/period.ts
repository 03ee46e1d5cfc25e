/** The period of the dashboard: one for all of its parts that have one. */
import { oneOf } from '#web/frame/fields'

export const DAYS = ['7', '30', '90'] as const
export const FIELDS = { days: oneOf(DAYS, '7') }
export type Days = (typeof DAYS)[number]

export const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone
