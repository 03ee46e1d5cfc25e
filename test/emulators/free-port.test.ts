import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { findFreePort } from '#emulators/free-port'

const randomInt = vi.hoisted(() => vi.fn<(from: number, to: number) => number>())
vi.mock('node:crypto', async (original) => {
  const real = await original<{ randomInt: typeof randomInt }>()
  randomInt.mockImplementation(real.randomInt)
  return { ...real, randomInt }
})
afterEach(() => vi.clearAllMocks())

it('gives a port without a listener', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const taken = (other.address() as AddressInfo).port
  randomInt.mockReturnValueOnce(taken).mockReturnValueOnce(taken)
  const port = await findFreePort()
  expect(port).not.toBe(taken)
  expect(randomInt.mock.calls.length).toBeGreaterThanOrEqual(3)
  const own = createServer().listen(port, '127.0.0.1')
  await once(own, 'listening')
  own.close()
  other.close()
})

it('gives no port that the system may assign to another process meanwhile', async () => {
  const port = await findFreePort()
  expect([port >= 1_024, port < 32_768]).toEqual([true, true])
})
