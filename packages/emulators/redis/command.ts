/** Defines commands and reads their arguments. */
import { type Reply, RedisError } from '#emulators/redis/reply'
import type { Store } from '#emulators/redis/store'

export interface Command {
  /** Number of words, including the command's name; negative: at least that many. */
  arity: number
  run(store: Store, args: string[]): Reply
}

export type Commands = Record<string, Command>

const WHOLE_NUMBER = /^(?:0|-?[1-9]\d{0,18})$/
const INTEGER_MIN = -(2n ** 63n)
const INTEGER_MAX = 2n ** 63n - 1n

/** @throws RedisError unless the text is a signed 64-bit integer in Redis's notation. */
export function readInteger(text: string | undefined, problem = 'ERR value is not an integer or out of range'): bigint {
  if (text === undefined || !WHOLE_NUMBER.test(text)) throw new RedisError(problem)
  const value = BigInt(text)
  if (value < INTEGER_MIN || value > INTEGER_MAX) throw new RedisError(problem)
  return value
}

/** Returns the sum as text. @throws RedisError when it does not fit into 64 bits. */
export function addIntegers(left: bigint, right: bigint): string {
  const sum = left + right
  if (sum < INTEGER_MIN || sum > INTEGER_MAX) throw new RedisError('ERR increment or decrement would overflow')
  return sum.toString()
}

/** Returns the argument at `index`; the arity check has ensured that it exists. */
export function getArgument(args: string[], index: number): string {
  const text = args[index]
  if (text === undefined) throw new RedisError('ERR syntax error')
  return text
}

export function parsePairs(args: string[], command: string): [string, string][] {
  if (args.length % 2 !== 0) throw createArityError(command)
  return Array.from({ length: args.length / 2 }, (_, i) => [getArgument(args, 2 * i), getArgument(args, 2 * i + 1)])
}

export function createArityError(command: string): RedisError {
  return new RedisError(`ERR wrong number of arguments for '${command}' command`)
}
