/** Runs commands against the store; each command, transaction and script is atomic. */
import { type Command, type Commands, createArityError } from '#emulators/redis/command'
import { hashCommands } from '#emulators/redis/hashes'
import { keyCommands } from '#emulators/redis/keys'
import { type Reply, RedisError } from '#emulators/redis/reply'
import { createScriptCommands } from '#emulators/redis/scripts'
import type { Store } from '#emulators/redis/store'
import { stringCommands } from '#emulators/redis/strings'

/** The Redis behind the REST protocol: this one, or a real one. */
export interface Engine {
  /** Returns one reply for each command, errors included. */
  run(commands: string[][]): Reply[] | Promise<Reply[]>
  /** Runs the commands atomically. @throws RedisError EXECABORT, with nothing done, when a command could never run. */
  transaction(commands: string[][]): Reply[] | Promise<Reply[]>
}

const DATA_COMMANDS: Commands = { ...keyCommands, ...stringCommands, ...hashCommands }

export function createEngine(store: Store): Engine {
  const scriptCommands = createScriptCommands((args) => callFromScript(store, args, scriptCommands))
  const commands = { ...DATA_COMMANDS, ...scriptCommands }
  const reply = (args: string[]) => catchReply(() => find(commands, args).run(store, args.slice(1)))
  return {
    run: (batch) => batch.map(reply),
    transaction(batch) {
      for (const args of batch) abortUnless(() => find(commands, args))
      return batch.map(reply)
    },
  }
}

function callFromScript(store: Store, args: string[], forbidden: Commands): Reply {
  if (readName(args) in forbidden) throw new RedisError('ERR This Redis command is not allowed from script')
  return find(DATA_COMMANDS, args).run(store, args.slice(1))
}

/** @throws RedisError for an unknown command and for a wrong number of arguments. */
function find(commands: Commands, args: string[]): Command {
  const name = readName(args)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw unknownCommand(args)
  const enough = command.arity > 0 ? args.length === command.arity : args.length >= -command.arity
  if (!enough) throw createArityError(name)
  return command
}

function readName(args: string[]): string {
  return (args[0] ?? '').toLowerCase()
}

function unknownCommand([name = '', ...args]: string[]): RedisError {
  const shown = args
    .map((arg) => `'${arg.slice(0, 128)}' `)
    .join('')
    .slice(0, 128)
  return new RedisError(`ERR unknown command '${name.slice(0, 128)}', with args beginning with: ${shown}`)
}

function catchReply(run: () => Reply): Reply {
  try {
    return run()
  } catch (error) {
    if (error instanceof RedisError) return { error: error.message }
    throw error
  }
}

function abortUnless(check: () => unknown): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof RedisError)) throw error
    throw new RedisError(`EXECABORT Transaction discarded because of previous errors: ${error.message}`)
  }
}
