import type { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { mountRoutes } from '#api/middleware/mount-routes'
import { rootTable } from '#api/root/table'

/** Tells a visitor of the bare address what this service is and where its documentation is. */
export function createRootRoutes({ version }: { version: string }): Hono<ApiEnv> {
  const about = {
    name: 'Hunter',
    version,
    about: 'What a company runs for e-mail, how well it is set up, and how good a lead it is, with the evidence.',
    authorization: 'Authorization: Bearer <key>',
    documentation: ['/docs', '/openapi.json'],
  }
  return mountRoutes(rootTable, {
    describeService: (c) => sendData(c, about, { message: 'scan a domain to begin' }),
  })
}
