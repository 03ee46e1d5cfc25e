import * as z from 'zod/mini'
import { count, cursor, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { pageQuery } from '#api/http/fields'
import { revokeKeyQuery, rotateKeyBody } from '#api/keys/inputs'
import type { keyTable } from '#api/keys/table'
import { SCOPES } from '#db/tables'
import { newKeyBody } from '#keys/fields'

const maybeTime = z.nullable(time)
const keyInfo = z.object({
  keyid: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  state: z.enum(['active', 'revoked', 'expired']),
  limit_per_minute: z.nullable(count).check(z.describe('Requests per minute; null: the default limit')),
  created_at: time,
  last_used_at: maybeTime,
  expires_at: maybeTime,
  rotated_at: maybeTime,
  previous_until: maybeTime.check(z.describe('The secret before the last rotation works until then')),
  revoked_at: maybeTime,
  imported: z.boolean().check(z.describe('True: imported and not used yet')),
})
const keyList = z.object({ keys: z.array(keyInfo), next_cursor: cursor })
const newKey = z.object({ keyid: z.string(), key: z.string() })
const rotatedKey = z.object({
  keyid: z.string(),
  key: z.string(),
  previous_until: maybeTime.check(z.describe('The previous secret works until then; null: it has ended')),
})

const answers = { keyInfo, keyList, newKey, rotatedKey }

const keyPath = {
  params: z.object({ keyid: z.string().check(z.describe('Id of the key: the twelve characters in its middle')) }),
  example: { params: { keyid: '3kTMd92aXb0Q' } },
}

export const keyContract = {
  answers,
  operations: {
    listKeys: {
      summary: 'List all keys, oldest first, without their secrets',
      query: pageQuery,
      answer: 'keyList',
      errors: ['VALIDATION_FAILED'],
    },
    createKey: {
      summary: 'Create a key; only this answer contains its text',
      idempotent: true,
      body: newKeyBody,
      example: { body: { name: 'Sales dashboard', scopes: ['read'], limit_per_minute: 120 } },
      status: 201,
      answer: 'newKey',
      errors: NOT_JSON,
    },
    rotateKey: {
      summary:
        'Rotate a key: the old secret works until the grace period ends; until then, only a rotation with grace_seconds 0 is accepted',
      idempotent: true,
      params: keyPath.params,
      body: rotateKeyBody,
      example: { ...keyPath.example, body: { grace_seconds: 3_600 } },
      answer: 'rotatedKey',
      errors: [...NOT_JSON, 'KEY_NOT_FOUND', 'KEY_NOT_ACTIVE', 'KEY_IN_GRACE'],
    },
    revokeKey: {
      summary: 'Revoke a key, everywhere within five seconds',
      idempotent: { not: 'a revoked key stays revoked, and the answer is the same' },
      ...keyPath,
      query: revokeKeyQuery,
      answer: 'keyInfo',
      errors: ['VALIDATION_FAILED', 'KEY_NOT_FOUND', 'KEY_LAST_ADMIN'],
    },
  },
} satisfies Contract<typeof keyTable, typeof answers>
