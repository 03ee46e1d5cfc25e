import * as z from 'zod/mini'
import { checkRange, pageFields } from '#api/http/fields'
import { TIERS } from '#backups/format/retention-tiers'
import { isSourceName } from '#backups/format/source-name'
import { instant } from '#db/input-fields'

const source = z.optional(
  z.string().check(
    z.refine(isSourceName, 'must be lower-case letters, digits and dashes, such as hunter'),
    z.meta({
      description: 'Only backups with this name; absent: the database and its settings',
      examples: ['hunter'],
    }),
  ),
)

export const BACKUP_STATES = ['verified', 'failed', 'unproven', 'running'] as const

export const backupListQuery = z
  .strictObject({
    state: z
      .optional(z.enum(BACKUP_STATES, `must be one of ${BACKUP_STATES.join(', ')}`))
      .check(z.describe('Only backups in this state; `failed` includes damaged ones and runs that left none')),
    tier: z
      .optional(z.enum([...TIERS, 'none'], `must be one of ${TIERS.join(', ')}, none`))
      .check(z.describe('Only backups that expire with this tier; `none`: those that do not expire')),
    source,
    since: z.optional(instant).check(z.describe('Only backups that began at this time or later')),
    until: z.optional(instant).check(z.describe('Only backups that began before this time')),
    ...pageFields,
  })
  .check(checkRange('since', 'until'))

export const backupQuery = z.strictObject({ source })

export const backupPlanQuery = z.strictObject({ source, ...pageFields })
