/** A program for `startChild`: sends each frame back; some types have it do what programs do that fail. */
import { writeSync } from 'node:fs'
import { readFrame, writeFrame } from '../../packages/backups/wasm/child-pipe.ts'

for (;;) {
  const { type, body } = readFrame()
  if (type === 'E')
    writeFrame(type, Buffer.from(JSON.stringify({ env: process.env, argv: process.argv, execArgv: process.execArgv })))
  else if (type === 'T') throw new TypeError('this program is at its end')
  else if (type === 'N') writeSync(3, Buffer.from('nonsense'))
  else writeFrame(type, body)
}
