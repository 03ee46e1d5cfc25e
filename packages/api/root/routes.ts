import type { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { mountRoutes } from '#api/middleware/mount-routes'
import { PAGE_PATH } from '#api/page/routes'
import { rootTable } from '#api/root/table'

/** Tells a program at the bare address what this service is, and sends a browser to the page. */
export function createRootRoutes({ version }: { version: string }): Hono<ApiEnv> {
  const about = {
    name: 'Hunter',
    version,
    about: 'What a company runs for e-mail, how well it is set up, and how good a lead it is, with the evidence.',
    authorization: 'Authorization: Bearer <key>',
    documentation: ['/docs', '/openapi.json'],
  }
  return mountRoutes(rootTable, {
    describeService: (c) => {
      c.header('Vary', 'Accept', { append: true })
      const isBrowser = /\btext\/html\b/i.test(c.req.header('Accept') ?? '')
      return isBrowser ? c.redirect(PAGE_PATH) : sendData(c, about, { message: 'scan a domain to begin' })
    },
  })
}
