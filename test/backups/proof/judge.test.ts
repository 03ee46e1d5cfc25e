import { describe, expect, test } from 'vitest'
import { createBackupId, parseBackupId } from '#backups/format/backup-id'
import { hashManifest, judgeProof } from '#backups/proof/judge'
import type { Manifest, Proof } from '#backups/format/manifest'
import { boundProofOf, manifestOf, proofOf } from '../made-up.ts'

const ID = parseBackupId('20261120T000000Z-000002')
const HASH = 'a'.repeat(64)
const old = manifestOf(ID)
const manifest: Manifest = { ...old, definitionsSha256: HASH }
const proof = boundProofOf(manifest)

const judge = (given: Proof, of: Manifest = manifest) =>
  judgeProof(given, { manifest: of, manifestSha256: hashManifest(of) })
const without = (name: string): Proof => ({ ...proof, checks: proof.checks.filter((check) => check.name !== name) })

test('counts for the manifest and the object that it names', () => {
  expect(judge(proof)).toEqual({ state: 'verified', proof })
  const failed = { ...proof, level: 3, verified: false }
  failed.checks = proof.checks.map((check) => (check.name === 'catalog' ? { ...check, passed: false } : check))
  expect(judge(failed)).toEqual({ state: 'failed', proof: failed })
})

describe('does not count', () => {
  test.each<[string, Proof, string]>([
    ['without checks', { ...proof, checks: [] }, 'no checks'],
    ['without checks, at level 0', { ...proof, checks: [], level: 0, verified: false }, 'no checks'],
    [
      'when its checks support a lower level',
      { ...proof, checks: proof.checks.slice(0, 1) },
      'its checks prove level 1',
    ],
    ['when it claims a higher level', { ...proof, level: 5 }, 'claims level 5'],
    [
      'when it is verified below level 4',
      { ...proof, level: 3, checks: proof.checks.filter(({ level }) => level < 4) },
      'claims verified',
    ],
    ['without its stream hash', without('stream hash'), 'stream hash'],
    ['without its fingerprints', without('fingerprints'), 'fingerprints'],
    ['without its catalog', without('catalog'), 'catalog'],
    [
      'when it was copied from another backup',
      { ...proof, backupId: createBackupId(new Date(0), 'abcdef') },
      'belongs to',
    ],
    ['of another object', { ...proof, objectSha256: HASH }, 'belongs to another object'],
    ['when the hash of the manifest was taken out of it', proofOf(ID), 'does not name its manifest'],
  ])('%s', (_what, given, reason) => {
    expect(judge(given)).toEqual({ state: 'unproven', proof: undefined, reason: expect.stringContaining(reason) })
  })

  test('after the manifest was changed', () => {
    const changed = { ...manifest, durationMs: 1 }
    expect(judge(proof, changed)).toMatchObject({ state: 'unproven', reason: expect.stringContaining('was changed') })
  })

  test('without the check of settings that the backup contains', () => {
    const kept: Manifest = { ...manifest, config: { object: old.object, files: [], warnings: [] } }
    const bound = { ...proof, manifestSha256: hashManifest(kept) }
    expect(judge(bound, kept)).toMatchObject({ state: 'verified' })
    const checks = bound.checks.filter(({ name }) => name !== 'settings')
    expect(judge({ ...bound, checks }, kept)).toMatchObject({ state: 'unproven' })
  })
})

test('a proof of an older version counts for a manifest of its time, and says that it is not bound', () => {
  expect(judge(proofOf(ID), old)).toEqual({
    state: 'verified',
    proof: proofOf(ID),
    reason: expect.stringContaining('older version'),
  })
})
