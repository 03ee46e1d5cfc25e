import { expect, test } from 'vitest'
import { VERSION } from '#runtime/version'
import packageJson from '../../package.json' with { type: 'json' }

test('answers, manifests and logs name the version of package.json', () => {
  expect(VERSION).toBe(packageJson.version)
})
