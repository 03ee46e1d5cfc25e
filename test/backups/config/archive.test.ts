import { gzipSync } from 'node:zlib'
import * as fc from '../../support/seeded.ts'
import { pack } from 'tar-stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { type ArchiveFile, isSafeName, packArchive, unpackArchive } from '#backups/config/archive'

describe('an archive', () => {
  test.each(['/etc/passwd', '../up', 'a/../../up', 'a//b', './a', 'a\\..\\b', 'c:/x', 'a\0b', '', 'a/'])(
    'is refused as a whole if an entry has the name %j',
    async (name) => {
      expect(isSafeName(name)).toBe(false)
      if (name.includes('\0') || name === '') return // a tar archive cannot hold these
      const archive = await packArchive([
        { name: 'good', contents: Buffer.from('1') },
        { name, contents: Buffer.from('2') },
      ])
      await expect(unpackArchive(archive)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    },
  )

  test.each(['symlink', 'link', 'directory', 'character-device', 'fifo'] as const)(
    'is refused if it contains a %s',
    async (type) => {
      const archive = pack()
      archive.entry({ name: 'entry', type, linkname: '/etc/passwd' })
      archive.finalize()
      await expect(unpackArchive(await buffer(archive))).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    },
  )

  test('is refused if it is truncated or not an archive', async () => {
    const whole = await packArchive([{ name: 'a', contents: Buffer.alloc(2_000, 1) }])
    for (const bytes of [whole.subarray(0, 900), gzipSync('no tar'), Buffer.alloc(512, 7)]) {
      await expect(unpackArchive(bytes)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
    }
  })

  test('unpacks to the same names and contents', async () => {
    const name = fc.stringMatching(/^[a-zğ0-9 ._-]{1,120}(\/[a-z0-9]{1,60}){0,3}$/).filter(isSafeName)
    const file = fc.record({ name, contents: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)) })
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(file, { selector: (each) => each.name, maxLength: 8 }), async (files) => {
        const unpacked = await unpackArchive(await packArchive(files))
        const byName = (list: ArchiveFile[]) =>
          Object.fromEntries(list.map((each) => [each.name, each.contents.toString('hex')]))
        expect(byName(unpacked)).toEqual(byName(files))
      }),
      { numRuns: 40 },
    )
  })
})
