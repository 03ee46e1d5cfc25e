import * as z from 'zod/mini'
import { cursor, describeField, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { pageQuery } from '#api/http/fields'
import { rotateKeyBody } from '#api/keys/inputs'
import { revokeWebhookQuery } from '#api/webhooks/inputs'
import type { webhookTable } from '#api/webhooks/table'
import { newWebhookBody } from '#keys/webhooks/fields'

const maybeTime = z.nullable(time)
const id = describeField(z.uuid(), 'Id of the webhook')
const secret = describeField(
  z.string(),
  'The secret that signs deliveries: no other answer contains it',
  'whsec_<32 random bytes in Base64>',
)
const webhook = z.object({
  id,
  name: describeField(z.string(), 'Name of the sender', 'Website form'),
  keyid: describeField(z.string(), 'Id of the API key that the sender uses', '3kTMd92aXb0Q'),
  state: describeField(
    z.enum(['active', 'key-ended', 'revoked']),
    'Whether deliveries are accepted; key-ended: the API key is revoked or has expired',
  ),
  created_at: describeField(time, 'When the webhook was created'),
  rotated_at: describeField(maybeTime, 'When its secret was last rotated; null: never'),
  previous_until: describeField(maybeTime, 'The secret before the last rotation works until then'),
  revoked_at: describeField(maybeTime, 'When the webhook was revoked; null: it was not'),
  last_delivery_at: describeField(maybeTime, 'When it last delivered something, to the minute; null: never'),
})
const webhookList = z.object({
  webhooks: describeField(z.array(webhook), 'The webhooks of this page, oldest first'),
  next_cursor: cursor,
})
const newWebhook = z.object({ id, secret })
const rotatedWebhook = z.object({
  id,
  secret,
  previous_until: describeField(maybeTime, 'The previous secret works until then; null: it has ended'),
})

const answers = { webhook, webhookList, newWebhook, rotatedWebhook }

const webhookPath = {
  params: z.object({ webhook: z.string().check(z.describe('Id of the webhook')) }),
  example: { params: { webhook: '0190f0a0-0000-7000-8000-000000000000' } },
}

export const webhookContract = {
  answers,
  operations: {
    listWebhooks: {
      summary: 'List all webhooks, oldest first',
      description: 'Lists all webhooks, also revoked ones, without their secrets.',
      query: pageQuery,
      answer: 'webhookList',
      errors: ['VALIDATION_FAILED'],
    },
    createWebhook: {
      summary: 'Create a webhook',
      description:
        'Creates a secret that a program signs its deliveries to `POST /api/v1/ingest/webhook` with. Only this answer contains it. A key may have ten webhooks.',
      idempotent: true,
      body: newWebhookBody,
      example: { body: { name: 'Website form', keyid: '3kTMd92aXb0Q' } },
      status: 201,
      answer: 'newWebhook',
      errors: [...NOT_JSON, 'KEY_NOT_FOUND', 'KEY_NOT_ACTIVE'],
    },
    rotateWebhook: {
      summary: 'Rotate the secret of a webhook',
      description:
        'Gives a webhook a new secret. The old secret works until the grace period ends; until then, only a rotation with grace_seconds 0 is accepted.',
      idempotent: true,
      params: webhookPath.params,
      body: rotateKeyBody,
      example: { ...webhookPath.example, body: { grace_seconds: 3_600 } },
      answer: 'rotatedWebhook',
      errors: [...NOT_JSON, 'WEBHOOK_NOT_FOUND', 'WEBHOOK_REVOKED', 'WEBHOOK_IN_GRACE'],
    },
    revokeWebhook: {
      summary: 'Revoke a webhook, or end its old secret',
      description:
        'Ends a webhook at once. With `secret=previous` it ends only the secret from before the last rotation, for a sender that has the new one.',
      idempotent: { not: 'what has ended stays so, and the answer is the same' },
      ...webhookPath,
      query: revokeWebhookQuery,
      answer: 'webhook',
      errors: ['VALIDATION_FAILED', 'WEBHOOK_NOT_FOUND'],
    },
  },
} satisfies Contract<typeof webhookTable, typeof answers>
