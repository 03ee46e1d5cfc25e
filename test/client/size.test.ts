import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'

const GZIP_BYTES_MAX = 3_000

it('has less than 3 kB gzipped, and imports no package', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ['packages/client/client.ts'],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    metafile: true,
  })
  expect(Object.keys(metafile.inputs)).toEqual(['packages/client/client.ts'])
  expect(gzipSync(outputFiles[0]!.contents).length).toBeLessThan(GZIP_BYTES_MAX)
})
