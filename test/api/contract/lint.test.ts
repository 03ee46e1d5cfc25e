import { createConfig, lintFromString } from '@redocly/openapi-core'
import spectral, { type RulesetDefinition } from '@stoplight/spectral-core'
import rulesets from '@stoplight/spectral-rulesets'
import { expect, it } from 'vitest'
import { type ApiDocument, buildApiDocument } from '#api/contract/document'

const document = buildApiDocument('0.0.0')

async function lintWithRedocly(contract: object): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'] })
  const problems = await lintFromString({ source: JSON.stringify(contract), absoluteRef: '/openapi.json', config })
  return problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`)
}

async function lintWithSpectral(contract: object): Promise<string[]> {
  const linter = new spectral.Spectral()
  linter.setRuleset({ extends: [[rulesets.oas as RulesetDefinition, 'recommended']] })
  const results = await linter.run(contract as Record<string, unknown>)
  return results.map(({ code, message, path }) => `${code}: ${message} ${path.join('/')}`)
}

/** The contract with one operation, whose tag and description are missing. */
function cutDown({ paths, ...rest }: ApiDocument): object {
  const { description: _, ...live } = paths['/healthz/live']!['get']!
  return { ...rest, tags: [], paths: { '/healthz/live': { get: { ...live, operationId: 'not an id' } } } }
}

it("satisfies Redocly's recommended rules", async () => {
  expect(await lintWithRedocly(document)).toEqual([])
})

it("satisfies Spectral's rules for OpenAPI", async () => {
  expect(await lintWithSpectral(document)).toEqual([])
})

it('both linters report a faulty contract', async () => {
  const faulty = cutDown(document)
  expect(await lintWithRedocly(faulty)).toContainEqual(expect.stringMatching(/^operation-operationId-url-safe/))
  expect(await lintWithSpectral(faulty)).toContainEqual(expect.stringMatching(/^operation-description/))
})
