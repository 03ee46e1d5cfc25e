import type { Context, Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { mountRoutes } from '#api/middleware/mount-routes'
import { markRetired, type RetiredFeature } from '#api/retired/features'
import { retiredTable } from '#api/retired/table'
import { AppError } from '#platform/errors'
import { normaliseDomain } from '#signals/normalise'

export function createRetiredRoutes(): Hono<ApiEnv> {
  return mountRoutes(retiredTable, {
    createNote: (c) => refuseRetired(c, 'notes'),
    updateNote: (c) => refuseRetired(c, 'notes'),
    deleteNote: (c) => refuseRetired(c, 'notes'),
    listNotes: (c) => {
      markRetired(c, 'notes')
      return sendData(
        c,
        { domain: normaliseDomain(c.req.param('domain')), notes: [] },
        { message: 'notes are retired' },
      )
    },
    addTag: (c) => refuseRetired(c, 'tags'),
    removeTag: (c) => refuseRetired(c, 'tags'),
    listTags: (c) => {
      markRetired(c, 'tags')
      return sendData(c, { domain: normaliseDomain(c.req.param('domain')), tags: [] }, { message: 'tags are retired' })
    },
    addFavorite: (c) => refuseRetired(c, 'favorites'),
    removeFavorite: (c) => refuseRetired(c, 'favorites'),
  })
}

/** The body is not looked at: nothing in it could help. @throws AppError GONE */
function refuseRetired(c: Context<ApiEnv>, feature: RetiredFeature): never {
  const successor = markRetired(c, feature)
  throw new AppError('GONE', `${feature} are retired: Hunter no longer keeps them`, { details: { feature, successor } })
}
