import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { LIMITS } from '#db/migrate'
import { hashFolder } from '../../packages/infra/hash-folder.ts'
import { ROOT, type Synthesis } from '../support/synth.ts'
import { functionOf, only, synthesiseProduction } from './stack.ts'

const INVOCATION = 'aws:lambda/invocation:Invocation'

let stack: Synthesis
beforeAll(async () => {
  stack = await synthesiseProduction()
})

const triggersOf = (synthesis: Synthesis) => only(synthesis, INVOCATION).inputs['triggers'] as Record<string, string>

describe('a deployment', () => {
  test('invokes Migrate after its new code is in place', () => {
    const { inputs, dependsOn } = only(stack, INVOCATION)
    expect(inputs['functionName']).toBe(functionOf(stack, 'Migrate')['name'])
    expect(inputs['lifecycleScope'] ?? 'CREATE_ONLY').toBe('CREATE_ONLY') // runs again only when the triggers change
    expect(dependsOn).toContain('MigrateFunction')
  })

  test.each(['ApiFunction', 'BulkWorker'])('gives %s its new code after the migrations', (name) => {
    const component = stack.resources.find((resource) => resource.type === 'sst:aws:Function' && resource.name === name)
    expect(component?.dependsOn).toContain(only(stack, INVOCATION).name)
    const types = stack.resources.map((resource) => `${resource.type} ${resource.name}`)
    expect(types.indexOf(`aws:lambda/function:Function ${name}Function`)).toBeGreaterThan(
      types.findIndex((text) => text.startsWith(INVOCATION)),
    )
  })

  test('limits a statement to less than the timeout of the function', () => {
    expect(LIMITS.statementTimeoutMs).toBeLessThan(functionOf(stack, 'Migrate')['timeout'] * 1_000)
  })
})

test('a deployment invokes the migrations again only when one of their files changed', async () => {
  const copy = await mkdtemp(path.join(tmpdir(), 'hunter-migrations-'))
  await cp(path.join(ROOT, 'migrations'), copy, { recursive: true })
  expect(triggersOf(stack)).toEqual({ migrations: hashFolder(copy) })
  await appendFile(path.join(copy, '0001_initial.down.sql'), '\n')
  expect(triggersOf(stack)).not.toEqual({ migrations: hashFolder(copy) })
  await rm(copy, { recursive: true })
})
