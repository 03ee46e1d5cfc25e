/**
 * Runs scripts in one interpreter: `redis.call` reaches the commands, nothing else is reachable, and an endless loop is
 * stopped.
 */
import { type LuaState, toBytes, lauxlib, lua, lualib, toText } from '#emulators/redis/fengari'
import { pushList, pushReply, readArguments, readReply } from '#emulators/redis/lua-values'
import { type Reply, RedisError } from '#emulators/redis/reply'

/** Index of a compiled script in the interpreter's registry. */
export type CompiledScript = number & { readonly brand: 'CompiledScript' }

interface Lua {
  /** @throws RedisError when the source does not compile. */
  compile(source: string): CompiledScript
  /** @throws RedisError with the script's error. */
  run(script: CompiledScript, keys: string[], args: string[]): Reply
}

/** About half a second; a longer loop would block every client. */
const INSTRUCTIONS_MAX = 20_000_000

/**
 * Adds what Redis's Lua 5.1 has and 5.3 lacks, makes doubles of 5.3's integers, and forbids globals of the script's
 * own.
 */
const PRELUDE = `
unpack = table.unpack
dofile, loadfile, print, collectgarbage = nil
local floor, ceil = math.floor, math.ceil
math.floor = function(x) return floor(x) + 0 end
math.ceil = function(x) return ceil(x) + 0 end
redis.error_reply = function(message) return { err = message } end
redis.status_reply = function(message) return { ok = message } end
setmetatable(_G, {
  __index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
  end,
  __newindex = function() error('Attempt to modify a readonly table', 2) end,
  __metatable = false,
})
`

export function createLua(call: (args: string[]) => Reply): Lua {
  const L = lauxlib.luaL_newstate()
  openLibraries(L)
  openRedis(L, call)
  runPrelude(L)
  return {
    compile: (source) => compile(L, source),
    run: (script, keys, args) => run(L, script, keys, args),
  }
}

function openLibraries(L: LuaState): void {
  const libraries = {
    _G: lualib.luaopen_base,
    string: lualib.luaopen_string,
    table: lualib.luaopen_table,
    math: lualib.luaopen_math,
  }
  for (const [name, open] of Object.entries(libraries)) lauxlib.luaL_requiref(L, toBytes(name), open, true)
  lua.lua_settop(L, 0)
}

function openRedis(L: LuaState, call: (args: string[]) => Reply): void {
  lua.lua_newtable(L)
  setFunction(L, 'call', (state) => answer(state, call) || lua.lua_error(state))
  setFunction(L, 'pcall', (state) => (answer(state, call), 1))
  lua.lua_setglobal(L, toBytes('redis'))
}

function setFunction(L: LuaState, name: string, fn: (L: LuaState) => number): void {
  lua.lua_pushstring(L, toBytes(name))
  lua.lua_pushjsfunction(L, fn)
  lua.lua_rawset(L, -3)
}

/** Pushes the reply to the command in the arguments; an error is pushed as a table and counts 0 results. */
function answer(L: LuaState, call: (args: string[]) => Reply): 0 | 1 {
  try {
    pushReply(L, call(readArguments(L)))
    return 1
  } catch (error) {
    if (!(error instanceof RedisError)) throw error
    pushReply(L, { error: error.message })
    return 0
  }
}

function runPrelude(L: LuaState): void {
  run(L, compile(L, PRELUDE), [], [])
}

function compile(L: LuaState, source: string): CompiledScript {
  const chunk = toBytes(source)
  if (lauxlib.luaL_loadbufferx(L, chunk, chunk.length, toBytes('@user_script'), toBytes('t')) !== lua.LUA_OK) {
    throw new RedisError(`ERR Error compiling script (new function): ${popMessage(L)}`)
  }
  return lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX) as CompiledScript
}

function run(L: LuaState, script: CompiledScript, keys: string[], args: string[]): Reply {
  setList(L, 'KEYS', keys)
  setList(L, 'ARGV', args)
  lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, script)
  lua.lua_sethook(L, stopEndless, lua.LUA_MASKCOUNT, INSTRUCTIONS_MAX)
  try {
    if (lua.lua_pcall(L, 0, 1, 0) !== lua.LUA_OK) throw new RedisError(raised(L))
    return readReply(L)
  } finally {
    lua.lua_settop(L, 0)
  }
}

/** Raises at every further instruction too, so that a `pcall` in the script cannot continue. */
function stopEndless(L: LuaState): number {
  lua.lua_sethook(L, stopEndless, lua.LUA_MASKCOUNT, 1)
  return lauxlib.luaL_error(L, toBytes('the script ran for too long and was stopped'))
}

/** Bypasses the guard of the globals, which is meant for scripts. */
function setList(L: LuaState, name: string, items: string[]): void {
  lua.lua_pushglobaltable(L)
  lua.lua_pushstring(L, toBytes(name))
  pushList(L, items)
  lua.lua_rawset(L, -3)
  lua.lua_pop(L, 1)
}

/** An error of `redis.call` is a table that already begins with its code; Lua's own errors are texts. */
function raised(L: LuaState): string {
  const reply = readReply(L)
  if (typeof reply === 'object' && reply !== null && 'error' in reply) return reply.error
  return `ERR ${typeof reply === 'string' ? reply : 'the script raised a value that is no message'}`
}

function popMessage(L: LuaState): string {
  const message = toText(lua.lua_tostring(L, -1))
  lua.lua_pop(L, 1)
  return message
}
