import { createConfig, lintFromString } from '@redocly/openapi-core'
import type { RulesetDefinition } from '@stoplight/spectral-core'
import { describe, expect, it } from 'vitest'
import { type ApiDocument, buildApiDocument } from '#api/contract/document'
import { OPERATIONS } from '#api/contract/operations'
import { sampleOf } from '../../support/thorough.ts'

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
  const { default: spectral } = await import('@stoplight/spectral-core')
  const { default: rulesets } = await import('@stoplight/spectral-rulesets')
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

const LINTERS: [string, (contract: object) => Promise<Problem[]>, Record<'success' | 'faulty', string>][] = [
  [
    "Redocly's recommended rules",
    lintWithRedocly,
    { success: 'operation-2xx-response', faulty: 'operation-operationId-url-safe' },
  ],
  [
    "Spectral's rules for OpenAPI",
    lintWithSpectral,
    { success: 'operation-success-response', faulty: 'operation-description' },
  ],
]

describe.each(sampleOf(LINTERS))('%s', (_, lint, rules) => {
  it('are satisfied, but that the retired writes have no success', async () => {
    const problems = await lint(document)
    const expected = problems.filter(({ rule, pointer }) => rule === rules.success && RETIRED.includes(pointer))
    expect(problems.filter((problem) => !expected.includes(problem))).toEqual([])
    expect(expected.map(({ pointer }) => pointer).sort()).toEqual([...RETIRED].sort())
  })

  it('report a faulty contract', async () => {
    expect((await lint(cutDown(document))).map(({ rule }) => rule)).toContain(rules.faulty)
  })
})
