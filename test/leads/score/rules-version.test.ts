import { expect, it } from 'vitest'
import * as rules from '#leads/score/rules'
import { computeStableHash } from '#platform/stable-hash'
import { FINGERPRINTS } from '#signals/provider/fingerprints'

const { RULES_VERSION, ...table } = rules

/** Of each version that was released. Never edit a line: stored leads carry its number. */
const HASHES: Record<number, string> = {
  1: 'f1645b6292daf0f1',
}

it('a rule or a fingerprint that changed has a new RULES_VERSION, so that rescans and rescore judge anew', () => {
  const hash = computeStableHash([table, FINGERPRINTS])
  expect(HASHES[RULES_VERSION], `raise RULES_VERSION and add its line: ${RULES_VERSION + 1}: '${hash}'`).toBe(hash)
})

it('no version is left out', () => {
  expect(Object.keys(HASHES).map(Number)).toEqual(Array.from({ length: RULES_VERSION }, (_, at) => at + 1))
})
