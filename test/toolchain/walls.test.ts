import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Override {
  files: string[]
  rules: { 'no-restricted-imports'?: ['error', { patterns: [{ regex: string; message: string }] }] }
}

const { overrides } = JSON.parse(readFileSync('.oxlintrc.json', 'utf8')) as { overrides: Override[] }
const rooms = readdirSync('packages')

describe('the walls between packages', () => {
  it.each(rooms)(
    'packages/%s imports only what its wall names: a new package is closed until the wall names it',
    (room) => {
      const wall = overrides.find(({ files }) => files.includes(`packages/${room}/**`))
      const [, options] = wall?.rules['no-restricted-imports'] ?? []
      expect(options).toBeDefined()
      const [{ regex, message }] = options!.patterns
      const allowed = /may import (.+?):/.exec(message)?.[1]?.split(', ') ?? []
      for (const other of rooms) {
        const isOpen = other === room || allowed.includes(other)
        expect(new RegExp(regex).test(`#${other}/x`), `#${other}/ in packages/${room}`).toBe(!isOpen)
      }
    },
  )

  it('lets no package import in both directions', () => {
    const allowed = (room: string) => {
      const wall = overrides.find(({ files }) => files.includes(`packages/${room}/**`))
      const regex = new RegExp(wall?.rules['no-restricted-imports']?.[1].patterns[0].regex ?? '')
      return rooms.filter((other) => other !== room && !regex.test(`#${other}/x`))
    }
    const circles = rooms.flatMap((room) => allowed(room).filter((other) => allowed(other).includes(room)))
    expect(circles).toEqual([])
  })
})
