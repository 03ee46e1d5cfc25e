/** Posts to the address that it is given, and prints the status: the environment names a proxy. */
import { postSafely } from '#alerts/send/http'

const network = { resolve: async () => [], isTrusted: () => true }
const request = { url: process.argv[2] ?? '', headers: {}, body: Buffer.from('merhaba') }
const { status } = await postSafely({ network, timeoutMs: 10_000 }, request)
console.log(status)
