/** A real `redis-server`, where one is installed, behind the REST protocol: what the embedded one is compared with. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Engine } from '#emulators/redis/engine'
import { RedisError, isFailure } from '#emulators/redis/reply'
import { createRestServer } from '#emulators/redis/rest'
import { type RespClient, connectResp } from './resp.ts'

export const redisServerPath = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'redis-server'))
  .find((path) => existsSync(path))

interface RealRedis {
  url: string
  close(): Promise<void>
}

export async function startRealRedis(program: string, token: string): Promise<RealRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'hunter-redis-'))
  const socketPath = join(folder, 'socket')
  const child = spawn(program, ['--port', '0', '--unixsocket', socketPath, '--save', '', '--dir', folder], {
    stdio: 'ignore',
  })
  const client = await connectWhenReady(socketPath)
  const server = createRestServer({ token, engine: engineOver(client) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      client.close()
      server.close()
      server.closeAllConnections()
      child.kill()
      await once(child, 'exit')
      await rm(folder, { recursive: true })
    },
  }
}

async function connectWhenReady(socketPath: string): Promise<RespClient> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await connectResp(socketPath)
    } catch (error) {
      if (tries === 200) throw error
      await pause(25)
    }
  }
}

function engineOver(client: RespClient): Engine {
  const scripts = createScriptTranslation()
  return {
    run: (commands) => client.send(commands.map(scripts.translate)),
    async transaction(commands) {
      const replies = await client.send([['MULTI'], ...commands.map(scripts.translate), ['EXEC']])
      const refusal = replies.slice(1, -1).find(isFailure)
      const result = replies.at(-1)
      if (Array.isArray(result)) return result
      throw new RedisError(refusal ? `EXECABORT ${refusal.error}` : 'EXECABORT')
    },
  }
}

/** Redis 7.0 does not know the flag `allow-key-locking`: it is cut, which gives the script another SHA-1. */
function createScriptTranslation(): { translate: (command: string[]) => string[] } {
  const shas = new Map<string, string>()
  const withoutFlag = (script: string) => {
    const stripped = script.replace(/^#!lua flags=allow-key-locking\n/, '#!lua\n')
    shas.set(sha1(script), sha1(stripped))
    return stripped
  }
  return {
    translate(command) {
      const [name = '', first = '', second = '', ...rest] = command
      if (/^eval$/i.test(name)) return [name, withoutFlag(first), ...command.slice(2)]
      if (/^evalsha$/i.test(name)) return [name, shas.get(first) ?? first, ...command.slice(2)]
      if (/^script$/i.test(name) && /^load$/i.test(first)) return [name, first, withoutFlag(second), ...rest]
      return command
    },
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
