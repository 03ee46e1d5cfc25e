/** Implements EVAL, EVALSHA and SCRIPT. A script is identified by the SHA-1 of its text, flags included. */
import { createHash } from 'node:crypto'
import { type Command, type Commands, getArgument, readInteger } from '#emulators/redis/command'
import { type CompiledScript, createLua } from '#emulators/redis/lua'
import { OK, type Reply, RedisError } from '#emulators/redis/reply'

const SHEBANG = /^#!([^\n]*)/
const FLAGS = ['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys', 'allow-key-locking']

/** `call` runs every command except these, which scripts may not call. */
export function createScriptCommands(call: (args: string[]) => Reply): Commands {
  const lua = createLua(call)
  const known = new Map<string, CompiledScript>()

  const load = (source: string): string => {
    const sha = createHash('sha1').update(source).digest('hex')
    if (!known.has(sha)) known.set(sha, lua.compile(withoutShebang(source)))
    return sha
  }

  const run = (sha: string, rest: string[]): Reply => {
    const script = known.get(sha)
    if (script === undefined) throw new RedisError('NOSCRIPT No matching script. Please use EVAL.')
    const { keys, args } = readKeys(rest)
    try {
      return lua.run(script, keys, args)
    } catch (error) {
      throw error instanceof RedisError ? new RedisError(`${error.message} script: ${sha}`) : error
    }
  }

  return {
    eval: { arity: -3, run: (_store, [source = '', ...rest]) => run(load(source), rest) },
    evalsha: { arity: -3, run: (_store, [sha = '', ...rest]) => run(sha.toLowerCase(), rest) },
    script: scriptCommand(load, known),
  }
}

function scriptCommand(load: (source: string) => string, known: Map<string, CompiledScript>): Command {
  return {
    arity: -2,
    run(_store, [subcommand = '', ...rest]) {
      switch (subcommand.toUpperCase()) {
        case 'LOAD':
          return load(getArgument(rest, 0))
        case 'EXISTS':
          return rest.map((sha) => (known.has(sha.toLowerCase()) ? 1 : 0))
        case 'FLUSH':
          known.clear()
          return OK
        default:
          throw new RedisError(`ERR unknown subcommand '${subcommand}'. Try SCRIPT HELP.`)
      }
    },
  }
}

function readKeys([count, ...rest]: string[]): { keys: string[]; args: string[] } {
  const keyCount = Number(readInteger(count))
  if (keyCount < 0) throw new RedisError("ERR Number of keys can't be negative")
  if (keyCount > rest.length) throw new RedisError("ERR Number of keys can't be greater than number of args")
  return { keys: rest.slice(0, keyCount), args: rest.slice(keyCount) }
}

/** Empties the line and keeps it, so that line numbers in messages are the script's. */
function withoutShebang(source: string): string {
  const [line, words = ''] = SHEBANG.exec(source) ?? []
  if (line === undefined) return source
  const [engine, ...settings] = words.trim().split(/\s+/)
  if (engine !== 'lua') throw new RedisError(`ERR Unexpected engine in script shebang: ${engine}`)
  for (const setting of settings) checkSetting(setting)
  return source.slice(line.length)
}

function checkSetting(setting: string): void {
  if (!setting.startsWith('flags=')) throw new RedisError(`ERR Unknown lua shebang option: ${setting}`)
  const unknown = setting
    .slice('flags='.length)
    .split(',')
    .find((flag) => flag !== '' && !FLAGS.includes(flag))
  if (unknown !== undefined) throw new RedisError(`ERR Unexpected flag in script shebang: ${unknown}`)
}
