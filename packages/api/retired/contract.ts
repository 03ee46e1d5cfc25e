import * as z from 'zod/mini'
import { count, describeField, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import type { retiredTable } from '#api/retired/table'

const ALWAYS_EMPTY = 'Always empty: Hunter no longer keeps them. The items have the shape that clients know'
const leadDomain = describeField(z.string(), 'Domain of the lead', 'acme.com.tr')
const createdAt = describeField(time, 'When it was created')

const noteList = z.object({
  domain: leadDomain,
  notes: describeField(
    z.array(
      z.object({
        id: describeField(count, 'Id of the note', 1),
        note: describeField(z.string(), 'Text of the note', 'Call in May'),
        created_at: createdAt,
        updated_at: describeField(time, 'When it was changed last'),
      }),
    ),
    ALWAYS_EMPTY,
  ),
})
const tagList = z.object({
  domain: leadDomain,
  tags: describeField(
    z.array(
      z.object({
        id: describeField(count, 'Id of the tag', 1),
        tag: describeField(z.string(), 'Name of the tag', 'fair'),
        created_at: createdAt,
      }),
    ),
    ALWAYS_EMPTY,
  ),
})

const answers = { noteList, tagList }

const lead = { params: z.object({ domain: leadDomain }), example: { params: { domain: 'acme.com.tr' } } }
const gone = {
  idempotent: { not: 'it always answers 410 and changes nothing' },
  deprecated: true as const,
  answer: 'gone' as const,
  errors: ['GONE' as const],
}

export const retiredContract = {
  answers,
  operations: {
    createNote: { summary: 'Retired: add a note to a lead', ...lead, ...gone },
    updateNote: {
      summary: 'Retired: change a note of a lead',
      params: z.object({ domain: leadDomain, note: z.string().check(z.describe('Id of the note')) }),
      example: { params: { domain: 'acme.com.tr', note: '1' } },
      ...gone,
    },
    deleteNote: {
      summary: 'Retired: delete a note of a lead',
      params: z.object({ domain: leadDomain, note: z.string().check(z.describe('Id of the note')) }),
      example: { params: { domain: 'acme.com.tr', note: '1' } },
      ...gone,
    },
    listNotes: {
      summary: 'Retired: list the notes of a lead; the list is always empty',
      ...lead,
      deprecated: true,
      answer: 'noteList',
      errors: ['DOMAIN_INVALID'],
    },
    addTag: { summary: 'Retired: add a tag to a lead', ...lead, ...gone },
    removeTag: {
      summary: 'Retired: remove a tag from a lead',
      params: z.object({ domain: leadDomain, tag: z.string().check(z.describe('Id of the tag')) }),
      example: { params: { domain: 'acme.com.tr', tag: '1' } },
      ...gone,
    },
    listTags: {
      summary: 'Retired: list the tags of a lead; the list is always empty',
      ...lead,
      deprecated: true,
      answer: 'tagList',
      errors: ['DOMAIN_INVALID'],
    },
    addFavorite: { summary: 'Retired: mark a lead as a favourite', ...lead, ...gone },
    removeFavorite: { summary: 'Retired: unmark a favourite', ...lead, ...gone },
  },
} satisfies Contract<typeof retiredTable, typeof answers>
