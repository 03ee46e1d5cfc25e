import { expect, it } from 'vitest'
import * as rules from '#leads/score/rules'
import { computeStableHash } from '#platform/stable-hash'
import { FINGERPRINTS } from '#signals/provider/fingerprints'

const { RULES_VERSION, ...table } = rules

/** Hashes of the released versions. Never edit a line: stored leads carry its number. */
const HASHES: Record<number, string> = {
  1: 'f1645b6292daf0f1',
}

it('a changed rule or fingerprint has a new RULES_VERSION, so that rescans and rescore judge again', () => {
  const hash = computeStableHash([table, FINGERPRINTS])
  expect(HASHES[RULES_VERSION], `raise RULES_VERSION and add its line: ${RULES_VERSION + 1}: '${hash}'`).toBe(hash)
})

it('no version is left out', () => {
  expect(Object.keys(HASHES).map(Number)).toEqual(Array.from({ length: RULES_VERSION }, (_, at) => at + 1))
})
