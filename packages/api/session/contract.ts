import * as z from 'zod/mini'
import { count, cursor, describeField, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { pageQuery } from '#api/http/fields'
import type { sessionTable } from '#api/session/table'
import { SCOPES } from '#db/tables'

const keyid = describeField(z.string(), 'Id of the key', '3kTMd92aXb0Q')
const name = describeField(z.string(), 'Name of the owner of the key', 'Sales dashboard')
const signedIn = z.object({
  key: describeField(
    z.object({
      keyid,
      name,
      scopes: describeField(z.array(z.enum(SCOPES)), 'What the key may do'),
      limit_per_minute: describeField(z.nullable(count), 'Requests per minute; null: the default limit', 120),
    }),
    'The key that decides what the caller may do',
  ),
  expires_at: describeField(z.nullable(time), 'When the session ends; null: the request carried the key itself'),
})
const sessionInfo = z.object({
  id: describeField(z.uuid(), 'Id of the session'),
  keyid,
  key_name: name,
  browser: describeField(z.string(), 'Browser and system that signed in', 'Chrome on Windows'),
  created_at: describeField(time, 'When the session was opened'),
  last_seen_at: describeField(time, 'When it was last used, exact to the minute'),
  expires_at: describeField(time, 'When it ends'),
})
const sessionList = z.object({
  sessions: describeField(z.array(sessionInfo), 'The sessions of this page, oldest first'),
  next_cursor: cursor,
})

const signedOut = z.object({
  session: describeField(
    z.nullable(z.uuid()),
    'Id of the session that ended; null: the request carried a key and has none',
  ),
})

const answers = { signedIn, signedOut, sessionInfo, sessionList }

export const sessionContract = {
  answers,
  operations: {
    openSession: {
      summary: 'Sign in with a key',
      description:
        'Exchanges the key for the cookie `__Host-hunter`, which stands for it for 12 hours: the same scopes, the same limit. It ends early with its key, and with the secret that signed in.',
      idempotent: { not: 'each sign-in opens a session of its own, and one whose cookie got lost expires' },
      status: 201,
      answer: 'signedIn',
    },
    getSession: {
      summary: 'Say who is signed in',
      description: 'Names the key that the cookie stands for, or the key that the request carries.',
      answer: 'signedIn',
    },
    closeSession: {
      summary: 'Sign out',
      description: 'Ends the session of the cookie everywhere within five seconds, and clears the cookie.',
      idempotent: { not: 'a session that has ended stays ended' },
      answer: 'signedOut',
    },
    listSessions: {
      summary: 'List the open sessions',
      description: 'Lists the sessions that still work, of all keys, oldest first.',
      query: pageQuery,
      answer: 'sessionList',
      errors: ['VALIDATION_FAILED'],
    },
    revokeSession: {
      summary: 'Revoke a session',
      description: 'Ends a session everywhere within five seconds. Its key still works, and can sign in.',
      idempotent: { not: 'a session that has ended stays ended' },
      params: z.object({ session: z.string().check(z.describe('Id of the session')) }),
      example: { params: { session: '0190f0a0-0000-7000-8000-000000000000' } },
      answer: 'sessionInfo',
      errors: ['SESSION_NOT_FOUND'],
    },
  },
} satisfies Contract<typeof sessionTable, typeof answers>
