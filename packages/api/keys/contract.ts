import * as z from 'zod/mini'
import { count, cursor, describeField, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { pageQuery } from '#api/http/fields'
import { revokeKeyQuery, rotateKeyBody } from '#api/keys/inputs'
import type { keyTable } from '#api/keys/table'
import { SCOPES } from '#db/tables'
import { newKeyBody } from '#keys/fields'

const maybeTime = z.nullable(time)
const keyid = describeField(z.string(), 'Id of the key', '3kTMd92aXb0Q')
const key = describeField(z.string(), 'The key: no other answer contains it', 'hk_live_3kTMd92aXb0Q_<secret>')
const keyInfo = z.object({
  keyid,
  name: describeField(z.string(), 'Name of the owner', 'Sales dashboard'),
  scopes: describeField(z.array(z.enum(SCOPES)), 'What the key may do'),
  state: describeField(z.enum(['active', 'revoked', 'expired']), 'Whether the key works'),
  limit_per_minute: describeField(z.nullable(count), 'Requests per minute; null: the default limit', 120),
  created_at: describeField(time, 'When the key was created'),
  last_used_at: describeField(maybeTime, 'When the key was last used; null: never'),
  expires_at: describeField(maybeTime, 'When the key stops working; null: it does not expire'),
  rotated_at: describeField(maybeTime, 'When the key was last rotated; null: never'),
  previous_until: describeField(maybeTime, 'The secret before the last rotation works until then'),
  revoked_at: describeField(maybeTime, 'When the key was revoked; null: it was not'),
  imported: describeField(z.boolean(), 'True: imported and not used yet'),
})
const keyList = z.object({
  keys: describeField(z.array(keyInfo), 'The keys of this page, oldest first'),
  next_cursor: cursor,
})
const newKey = z.object({ keyid, key })
const rotatedKey = z.object({
  keyid,
  key,
  previous_until: describeField(maybeTime, 'The previous secret works until then; null: it has ended'),
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
      summary: 'List all keys, oldest first',
      description: 'Lists all keys, also revoked and expired ones, without their secrets.',
      query: pageQuery,
      answer: 'keyList',
      errors: ['VALIDATION_FAILED'],
    },
    createKey: {
      summary: 'Create a key',
      description: 'Creates a key. Only this answer contains its text.',
      idempotent: true,
      body: newKeyBody,
      example: { body: { name: 'Sales dashboard', scopes: ['read'], limit_per_minute: 120 } },
      status: 201,
      answer: 'newKey',
      errors: NOT_JSON,
    },
    rotateKey: {
      summary: 'Rotate a key',
      description:
        'Gives a key a new secret. The old secret works until the grace period ends; until then, only a rotation with grace_seconds 0 is accepted.',
      idempotent: true,
      params: keyPath.params,
      body: rotateKeyBody,
      example: { ...keyPath.example, body: { grace_seconds: 3_600 } },
      answer: 'rotatedKey',
      errors: [...NOT_JSON, 'KEY_NOT_FOUND', 'KEY_NOT_ACTIVE', 'KEY_IN_GRACE'],
    },
    revokeKey: {
      summary: 'Revoke a key',
      description: 'Ends a key, everywhere within five seconds.',
      idempotent: { not: 'a revoked key stays revoked, and the answer is the same' },
      ...keyPath,
      query: revokeKeyQuery,
      answer: 'keyInfo',
      errors: ['VALIDATION_FAILED', 'KEY_NOT_FOUND', 'KEY_LAST_ADMIN'],
    },
  },
} satisfies Contract<typeof keyTable, typeof answers>
