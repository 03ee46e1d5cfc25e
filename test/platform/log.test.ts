import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLog } from '#platform/log'

let lines: Record<string, unknown>[]
beforeEach(() => {
  lines = []
  // the logger writes through the console of this process in development
  vi.stubEnv('POWERTOOLS_DEV', 'true')
  const keep = (line: unknown) => void lines.push(JSON.parse(String(line)) as Record<string, unknown>)
  for (const method of ['debug', 'info', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(keep)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

it('writes one JSON line with the service, the level and the fields, and nothing below its level', () => {
  const log = createLog('api', 'info')
  log.debug('asked')
  log.info('request', { status: 200 })
  expect(lines).toEqual([expect.objectContaining({ level: 'INFO', service: 'api', message: 'request', status: 200 })])
})

it('adds its own fields to every line, and to no line of another log', () => {
  const log = createLog('api', 'debug')
  const ofRequest = log.with({ request_id: 'r1' })
  ofRequest.with({ batch: 2 }).warn('slow', { ms: 5 })
  ofRequest.error('failed')
  log.info('idle')
  const [slow, failed, idle] = lines
  expect(slow).toMatchObject({ level: 'WARN', request_id: 'r1', batch: 2, ms: 5 })
  expect(failed).toMatchObject({ level: 'ERROR', request_id: 'r1' })
  expect(failed).not.toHaveProperty('batch')
  expect(idle).not.toHaveProperty('request_id')
})

it('shows an error with its name and message', () => {
  createLog('api', 'info').error('failed', { error: new RangeError('too far') })
  expect(lines[0]).toMatchObject({ message: 'failed', error: { name: 'RangeError', message: 'too far' } })
})

it('leaves out a failed query, whose parameters are data, also behind another error', () => {
  const query = Object.assign(
    new Error('Failed query: insert … params: acme.com.tr', { cause: new Error('deadlock') }),
    {
      query: 'insert …',
      params: ['acme.com.tr'],
    },
  )
  const log = createLog('api', 'info')
  log.error('failed', { error: query })
  log.error('failed', { error: new RangeError('too far', { cause: query }) })
  log.error('failed', { error: Object.assign(new Error('params: acme.com.tr'), { query: '', params: [] }) })
  expect(lines).toMatchObject([
    { error: { message: 'deadlock' } },
    { error: { name: 'RangeError', message: 'too far', cause: { message: 'deadlock' } } },
    { error: { message: 'a query failed' } },
  ])
  expect(JSON.stringify(lines)).not.toContain('acme')
})
