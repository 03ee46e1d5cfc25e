/** `npm run bench -- limits [--seconds 60] [--workers 8] [--tokens 10]`: workers that press one limit on one Redis. */
import { parseArgs } from 'node:util'
import { pressLimit } from '../support/limit-load.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    workers: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '10' },
  },
})
const [windows, workers, tokens] = [Number(values.seconds), Number(values.workers), Number(values.tokens)]
const rule = { name: 'bench', tokens, windowMs: 1_000, instances: workers }
const {
  granted,
  refused,
  degraded,
  share,
  fullestWindow,
  fullestInterval,
  latencyMs,
  workers: each,
} = await pressLimit(rule, { workers, windows })

console.log(`${workers} workers, ${tokens} a second, ${windows} s`)
console.log(`granted            ${granted} of ${tokens * windows} (${(share * 100).toFixed(1)} %)`)
console.log(`fullest window     ${fullestWindow} of ${tokens}`)
console.log(`fullest second     ${fullestInterval} of ${tokens} (the algorithm allows less than ${2 * tokens})`)
console.log(`refused            ${refused}, degraded ${degraded}`)
console.log(`answers            p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms`)
console.log(`a worker got       ${each.least} to ${each.most}`)
