/** Filters of the feed of moves, for the API and the command. */
import * as z from 'zod/mini'
import { pageFields } from '#api/http/fields'
import { instant } from '#db/input-fields'
import { MOVE_KINDS } from '#db/tables'
import type { MoveFilters } from '#leads/moves/move-log'

export const moveQuery = z.strictObject({
  kind: z.optional(
    z.enum(MOVE_KINDS, `must be one of ${MOVE_KINDS.join(', ')}`).check(z.describe('Only moves of this kind')),
  ),
  since: z.optional(instant).check(z.describe('Only moves that a scan found from this time on')),
  ...pageFields,
} satisfies Record<keyof MoveFilters | 'limit' | 'cursor', z.ZodMiniType>)
