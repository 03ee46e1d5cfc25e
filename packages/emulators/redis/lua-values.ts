/**
 * Converts replies to Lua values and back, by Redis's rules: nil is `false`, a status and an error are tables, numbers
 * are truncated.
 */
import { type LuaState, toBytes, lua, toText } from '#emulators/redis/fengari'
import { type Reply, RedisError } from '#emulators/redis/reply'

/** Deeper tables count as endless ones; Lua guarantees its hosts 20 stack slots. */
const DEPTH_MAX = 12

export function pushReply(L: LuaState, reply: Reply): void {
  if (reply === null) lua.lua_pushboolean(L, false)
  else if (typeof reply === 'number') lua.lua_pushnumber(L, reply)
  else if (typeof reply === 'string') lua.lua_pushstring(L, toBytes(reply))
  else if (Array.isArray(reply)) pushList(L, reply)
  else if ('status' in reply) pushTagged(L, 'ok', reply.status)
  else pushTagged(L, 'err', reply.error)
}

export function pushList(L: LuaState, items: Reply[]): void {
  lua.lua_newtable(L)
  for (const [i, item] of items.entries()) {
    pushReply(L, item)
    lua.lua_rawseti(L, -2, i + 1)
  }
}

function pushTagged(L: LuaState, tag: 'ok' | 'err', message: string): void {
  lua.lua_newtable(L)
  lua.lua_pushstring(L, toBytes(tag))
  lua.lua_pushstring(L, toBytes(message))
  lua.lua_rawset(L, -3)
}

/** Reads the value on top of the stack and leaves it there. */
export function readReply(L: LuaState, depth = 0): Reply {
  if (depth > DEPTH_MAX) throw new RedisError('ERR reached lua stack limit')
  switch (lua.lua_type(L, -1)) {
    case lua.LUA_TSTRING:
      return toText(lua.lua_tostring(L, -1))
    case lua.LUA_TNUMBER:
      return Math.trunc(lua.lua_tonumber(L, -1))
    case lua.LUA_TBOOLEAN:
      return lua.lua_toboolean(L, -1) ? 1 : null
    case lua.LUA_TTABLE:
      return readTable(L, depth)
    default:
      return null
  }
}

function readTable(L: LuaState, depth: number): Reply {
  const error = fieldText(L, 'err')
  if (error !== undefined) return { error }
  const status = fieldText(L, 'ok')
  if (status !== undefined) return { status }
  return readList(L, depth)
}

/** Reads up to the first nil, as Redis does. */
function readList(L: LuaState, depth: number): Reply[] {
  const items: Reply[] = []
  while (lua.lua_rawgeti(L, -1, items.length + 1) !== lua.LUA_TNIL) {
    items.push(readReply(L, depth + 1))
    lua.lua_pop(L, 1)
  }
  lua.lua_pop(L, 1)
  return items
}

function fieldText(L: LuaState, name: string): string | undefined {
  lua.lua_pushstring(L, toBytes(name))
  const type = lua.lua_rawget(L, -2)
  const value = type === lua.LUA_TSTRING ? toText(lua.lua_tostring(L, -1)) : undefined
  lua.lua_pop(L, 1)
  return value
}

/** Reads the arguments of `redis.call`, which must be texts or numbers. */
export function readArguments(L: LuaState): string[] {
  const count = lua.lua_gettop(L)
  if (count === 0) throw new RedisError('ERR Please specify at least one argument for this redis.call() call')
  return Array.from({ length: count }, (_, i) => readArgument(L, i + 1))
}

function readArgument(L: LuaState, index: number): string {
  const type = lua.lua_type(L, index)
  if (type === lua.LUA_TSTRING) return toText(lua.lua_tostring(L, index))
  if (type === lua.LUA_TNUMBER) return String(lua.lua_tonumber(L, index))
  throw new RedisError('ERR Lua redis lib command arguments must be strings or integers')
}
