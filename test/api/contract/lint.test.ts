import { createConfig, lintFromString } from '@redocly/openapi-core'
import spectral, { type RulesetDefinition } from '@stoplight/spectral-core'
import rulesets from '@stoplight/spectral-rulesets'
import { expect, it } from 'vitest'
import { type ApiDocument, buildApiDocument } from '#api/contract/document'
import { OPERATIONS } from '#api/contract/operations'

const document = buildApiDocument('0.0.0')

/**
 * The one exception: each linter has a rule that wants a 2xx of every operation, and the retired writes have none,
 * because they only ever answer 410.
 */
const RETIRED = Object.entries(OPERATIONS).flatMap(([name, { answer }]) => {
  const [method, path = ''] = name.split(' ')
  return answer === 'gone' ? [`#/paths/${path.replaceAll('/', '~1')}/${method}/responses`] : []
})

interface Problem {
  rule: string
  message: string
  /** JSON pointer into the contract. */
  pointer: string
}

async function lintWithRedocly(contract: object): Promise<Problem[]> {
  const config = await createConfig({ extends: ['recommended'] })
  const problems = await lintFromString({ source: JSON.stringify(contract), absoluteRef: '/openapi.json', config })
  return problems.map(({ ruleId, message, location }) => ({
    rule: ruleId,
    message,
    pointer: String(location[0]?.pointer),
  }))
}

async function lintWithSpectral(contract: object): Promise<Problem[]> {
  const linter = new spectral.Spectral()
  linter.setRuleset({ extends: [[rulesets.oas as RulesetDefinition, 'recommended']] })
  const results = await linter.run(contract as Record<string, unknown>)
  return results.map(({ code, message, path }) => ({
    rule: String(code),
    message,
    pointer: ['#', ...path.map((part) => String(part).replaceAll('/', '~1'))].join('/'),
  }))
}

/** The contract with one operation, whose tag and description are missing. */
function cutDown({ paths, ...rest }: ApiDocument): object {
  const { description: _, ...live } = paths['/healthz/live']!['get']!
  return { ...rest, tags: [], paths: { '/healthz/live': { get: { ...live, operationId: 'not an id' } } } }
}

it.each([
  ["Redocly's recommended rules", lintWithRedocly, 'operation-2xx-response'],
  ["Spectral's rules for OpenAPI", lintWithSpectral, 'operation-success-response'],
])('satisfies %s, but that the retired writes have no success', async (_, lint, successRule) => {
  const problems = await lint(document)
  const expected = problems.filter(({ rule, pointer }) => rule === successRule && RETIRED.includes(pointer))
  expect(problems.filter((problem) => !expected.includes(problem))).toEqual([])
  expect(expected.map(({ pointer }) => pointer).sort()).toEqual([...RETIRED].sort())
})

it('both linters report a faulty contract', async () => {
  const faulty = cutDown(document)
  expect((await lintWithRedocly(faulty)).map(({ rule }) => rule)).toContain('operation-operationId-url-safe')
  expect((await lintWithSpectral(faulty)).map(({ rule }) => rule)).toContain('operation-description')
})
