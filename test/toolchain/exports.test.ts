import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const texts = new Map(
  globSync(['{packages,functions,test}/**/*.{ts,tsx,mjs}', '*.ts']).map((file) => [file, readFileSync(file, 'utf8')]),
)

/** What each file imports from each other one: names, or the whole text for `import * as` and `import()`. */
const imports = [...texts].flatMap(([from, text]) => {
  const named = [
    ...text.matchAll(/^(?:import|export) (?:type )?(?<names>\{[^}]*\}|\* as \w+) from '(?<file>[#.][^']+)'/gm),
  ]
  const late = [...text.matchAll(/\bimport\('(?<file>[#.][^']+)'\)/g)]
  return [...named, ...late].map(({ groups }) => {
    const { names = '*', file = '' } = groups ?? {}
    const path = file.endsWith('.tsx') ? file : `${file}.ts`
    const target = file.startsWith('#') ? `packages/${path.slice(1)}` : join(dirname(from), file)
    return { from, target, words: wordsOf(names.startsWith('{') ? names : text) }
  })
})

function wordsOf(text: string): Set<string> {
  return new Set(text.match(/\w+/g))
}

const exported = [...texts].flatMap(([file, text]) => {
  const users = imports.filter(({ target }) => target === file)
  const kind = '(?:async |abstract )*(?:function\\*?|const|let|class|interface|type)'
  return [...text.matchAll(new RegExp(`^export ${kind} (\\w+)`, 'gm'))].map(([, name = '']) => ({
    name,
    file,
    users: users.filter(({ words }) => words.has(name)).map(({ from }) => from),
    /** How often its own file names it. */
    times: text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0,
  }))
})

/** AWS, the database's tools or another process load these by the file's name. */
const LOADED_BY_NAME = /^functions\/|^test\/bench\/cold\.ts$/

it('exports nothing that no other file imports: remove the keyword, or the thing', () => {
  expect(exported.length).toBeGreaterThan(1000)
  const unused = exported.filter(({ file, users }) => users.length === 0 && !LOADED_BY_NAME.test(file))
  expect(unused.map(({ file, name }) => `${file}: ${name}`)).toEqual([])
})

it('has nothing in packages that only tests use', () => {
  const forTests = exported.filter(
    ({ file, users, times }) =>
      file.startsWith('packages/') && times === 1 && users.every((user) => user.startsWith('test/')),
  )
  expect(forTests.map(({ file, name }) => `${file}: ${name}`)).toEqual([])
})
