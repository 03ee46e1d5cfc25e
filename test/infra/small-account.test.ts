import { expect, test } from 'vitest'
import { INSTANCES_MAX, planInstances } from '#deployment/instances'
import { readSettings } from '#runtime/settings'
import { synthesise } from '../support/synth.ts'
import { isThorough } from '../support/thorough.ts'
import { functionOf, only, SECRETS } from './stack.ts'

test.runIf(isThorough)('a new account of ten instances reserves none, and divides the limits by ten', async () => {
  const variables = { HUNTER_ACCOUNT_INSTANCES: '10' }
  const stack = await synthesise({ stage: 'production', secrets: SECRETS, variables })
  for (const name of ['ApiFunction', 'BulkWorker']) {
    const fn = functionOf(stack, name)
    expect(fn['reservedConcurrentExecutions']).toBeUndefined()
    expect(readSettings(fn['environment'].variables).HUNTER_API_INSTANCES).toBe(10)
  }
  const { inputs } = only(stack, 'aws:lambda/eventSourceMapping:EventSourceMapping', (it) =>
    it['functionName'].includes(functionOf(stack, 'BulkWorker')['name']),
  )
  expect(inputs['scalingConfig']).toEqual({ maximumConcurrency: INSTANCES_MAX.worker })
})

test('an account reserves our instances only if a hundred stay unreserved', () => {
  const needed = 100 + INSTANCES_MAX.api + INSTANCES_MAX.worker
  expect(planInstances(needed)).toEqual({ reserved: INSTANCES_MAX, api: INSTANCES_MAX.api })
  expect(planInstances(needed - 1)).toEqual({ reserved: undefined, api: needed - 1 })
})
