/** A half-done route leads to the files that it still needs. `tsc` checks each line below an expected error. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod/mini'
import { expect, it } from 'vitest'
import { OPERATIONS } from '#api/contract/operations'
import type { Contract } from '#api/contract/operation'
import { sendData } from '#api/http/envelope'
import type { RouteTable } from '#api/http/route'
import { joinRoutes, mountRoutes } from '#api/middleware/mount-routes'
import { type RecordResource, TABLES } from '#api/route-table'

const API = path.join(import.meta.dirname, '../../packages/api')

const table = {
  getThing: { route: 'get /api/v1/things/:thing', scopes: ['read'] },
  putThing: { route: 'put /api/v1/things/:thing', scopes: ['write'] },
} as const satisfies RouteTable
const answers = { thing: z.object({ name: z.string() }) }
const params = z.object({ thing: z.string() })
const getThing = { summary: 'A thing', params, answer: 'thing' } as const
const putThing = { ...getThing, idempotent: true } as const

it('does not compile without a handler, nor with one that reads a parameter that the path lacks', () => {
  const compiled = () => {
    // @ts-expect-error: routes.ts has no handler for putThing
    mountRoutes(table, { getThing: (c) => sendData(c, c.req.param('thing'), { message: 'found' }) })
    mountRoutes(table, {
      getThing: (c) => sendData(c, c.req.param('thing'), { message: 'found' }),
      putThing: (c) => {
        // @ts-expect-error: the path names thing
        const name: string = c.req.param('name')
        return sendData(c, name, { message: 'saved' })
      },
    })
    // @ts-expect-error: record-routes.ts lacks the routes of the other resources
    joinRoutes<RecordResource>({ leads: mountRoutes(table, { getThing: () => never(), putThing: () => never() }) })
  }
  expect(compiled).toBeTypeOf('function')
})

it('does not compile below /api/v1 without a scope', () => {
  // @ts-expect-error: anybody could call it
  const open = { listThings: { route: 'get /api/v1/things' } } as const satisfies RouteTable
  expect(Object.values(TABLES).flatMap((one) => Object.values(one))).not.toContainEqual(open.listThings)
})

it('does not compile without its part of the contract: entry, path parameters, input, idempotency, name of the answer', () => {
  type Things = Contract<typeof table, typeof answers>
  const whole: Things['operations'] = { getThing, putThing }
  // @ts-expect-error: contract.ts has no entry for putThing
  const noEntry: Things['operations'] = { getThing }
  // @ts-expect-error: the path has a parameter
  const noParams: Things['operations'] = { ...whole, getThing: { summary: 'A thing', answer: 'thing' } }
  // @ts-expect-error: putThing changes something
  const notOnce: Things['operations'] = { ...whole, putThing: getThing }
  // @ts-expect-error: no answer has this name
  const noAnswer: Things['operations'] = { ...whole, getThing: { ...getThing, answer: 'thong' } }
  // @ts-expect-error: the table does not say that getThing takes a query, so every parameter would be refused
  const untaken: Things['operations'] = { ...whole, getThing: { ...getThing, query: params } }
  expect([whole, noEntry, noParams, notOnce, noAnswer, untaken]).toHaveLength(6)
})

it('is in a table that packages/api/route-table.ts lists', async () => {
  const listed = new Set<unknown>(Object.values(TABLES))
  const missing: string[] = []
  for (const file of await tableFiles()) {
    const exported: Record<string, unknown> = await import(path.join(API, file))
    for (const [name, value] of Object.entries(exported)) {
      if (typeof value === 'object' && !listed.has(value)) missing.push(`list ${name} of ${file} in route-table.ts`)
    }
  }
  expect(missing).toEqual([])
})

const NO_OPERATIONS = ['contract/routes.ts', 'page/routes.ts']

it('has its path, method and scope only in its table, and shares them with no other route', async () => {
  const routes = Object.values(TABLES).flatMap((one) => Object.values(one).map(({ route }) => route))
  expect(new Set(routes).size).toBe(routes.length)
  expect(Object.keys(OPERATIONS)).toHaveLength(routes.length)
  const elsewhere: string[] = []
  for (const file of await readdir(API, { recursive: true })) {
    // the page's files are no operations of the contract
    if (!file.endsWith('.ts') || file.endsWith('/table.ts') || NO_OPERATIONS.includes(file)) continue
    const code = await readFile(path.join(API, file), 'utf8')
    if (/\b(routes|app)\.(get|post|put|patch|delete)\(|\bneeds\('/.test(code.replace(/\/\*\*.*?\*\//gs, ''))) {
      elsewhere.push(`${file}: mount the route with mountRoutes and its table`)
    }
  }
  expect(elsewhere).toEqual([])
})

it('adds only its table to a cold start, and nothing that the table imports', async () => {
  for (const file of await tableFiles()) {
    const imports = (await readFile(path.join(API, file), 'utf8')).match(/^import .*/gm) ?? []
    expect([file, imports.filter((line) => !line.startsWith('import type '))]).toEqual([file, []])
  }
})

async function tableFiles(): Promise<string[]> {
  const files = await readdir(API, { recursive: true })
  return files.filter((file) => path.basename(file) === 'table.ts')
}

function never(): never {
  throw new Error('not called here')
}
