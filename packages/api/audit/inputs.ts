/** Filters of the audit log, for the API and the command. */
import * as z from 'zod/mini'
import { checkRange, pageFields } from '#api/http/fields'
import { defineKnownName } from '#api/http/known-name'
import type { SnakeCase } from '#api/http/snake-case'
import { AUDIT_ACTIONS } from '#db/audit'
import type { AuditFilters } from '#db/audit-list'
import { defineLine, instant } from '#db/input-fields'

const exactly = (description: string) => z.optional(defineLine(1, 500).check(z.describe(description)))

const fields = {
  actor: exactly('Only entries of this actor, such as key:3kTMd92aXb0Q'),
  action: z
    .optional(defineKnownName(AUDIT_ACTIONS, 'a known action'))
    .check(z.describe('Only entries of this action, such as key.created')),
  object: exactly('Only entries about this object, such as key:3kTMd92aXb0Q or lead:acme.com.tr'),
  since: z.optional(instant).check(z.describe('Only entries from this time on')),
  until: z.optional(instant).check(z.describe('Only entries before this time')),
  ...pageFields,
} satisfies Record<SnakeCase<keyof AuditFilters> | 'limit' | 'cursor', z.ZodMiniType>

export const auditQuery = z.strictObject(fields).check(checkRange('since', 'until'))
