import { Hono } from 'hono'
import { expect, it } from 'vitest'
import type { ApiEnv } from '#api/http/context'
import { createLazyRoutes } from '#api/middleware/lazy-routes'
import { createLazyEngineRoutes as engineTable, createLazyRecordRoutes as recordTable } from '#api/route-table'
import { joinEngineRoutes } from '#api/engine-routes'
import { joinRecordRoutes } from '#api/record-routes'

const namesOf = ({ routes }: Hono<ApiEnv>) => [...new Set(routes.map(({ method, path }) => `${method} ${path}`))].sort()
const never = async () => Promise.reject(new Error('not loaded here'))

it.each([
  ['records', recordTable(never), joinRecordRoutes({} as never)],
  ['engine', engineTable(never), joinEngineRoutes({} as never)],
])('the table of the %s names exactly the routes that their code serves', (_, table, group) => {
  expect(namesOf(table)).toEqual(namesOf(group))
})

function counted() {
  const group = new Hono<ApiEnv>()
  const order: string[] = []
  group.get(
    '/leads/:domain',
    async (c, next) => {
      order.push('before')
      await next()
      order.push(`after ${c.res.status}`)
    },
    (c) => c.text(c.req.param('domain'), 201),
  )
  let loads = 0
  const app = new Hono<ApiEnv>()
  app.route(
    '/',
    createLazyRoutes(async () => {
      loads += 1
      if (loads === 1) throw new Error('no such file')
      return group
    }, ['get /leads/:domain', 'post /leads/:domain']),
  )
  app.onError((error, c) => c.text(error.message, 500))
  return { app, order, loads: () => loads }
}

it('loads the routes once, at the first request for one of them, and tries again after a failure', async () => {
  const { app, loads } = counted()
  expect(loads()).toBe(0)
  expect(await (await app.request('/leads/a')).text()).toBe('no such file')
  expect((await app.request('/elsewhere')).status).toBe(404)
  expect(loads()).toBe(1)
  const answers = await Promise.all(['/leads/b', '/leads/c'].map(async (path) => app.request(path)))
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(['b', 'c'])
  expect(loads()).toBe(2)
})

it('runs middleware in order and lets it see the answer', async () => {
  const { app, order } = counted()
  await app.request('/leads/a')
  expect((await app.request('/leads/b')).status).toBe(201)
  expect(order).toEqual(['before', 'after 201'])
})

it('fails for a route that has no handler', async () => {
  const { app } = counted()
  await app.request('/leads/a')
  const answer = await app.request('/leads/a', { method: 'POST' })
  expect(await answer.text()).toBe('no handler serves post /leads/:domain')
})
