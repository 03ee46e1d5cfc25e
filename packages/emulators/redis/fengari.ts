/**
 * Adapts Fengari, a Lua 5.3 interpreter in JavaScript, to Redis's Lua 5.1, where every number is a double.
 *
 * Unchanged, its integers have 32 bits and wrap (30 days in milliseconds would be negative), and doubles without a
 * fraction print as `5.0`.
 */
import { createRequire } from 'node:module'

/** A state of the interpreter; its values are addressed by their position on the stack. */
export type LuaState = { readonly luaState: unique symbol }
type LuaFunction = (L: LuaState) => number
type Bytes = Uint8Array

interface Fengari {
  lua: {
    readonly LUA_OK: number
    readonly LUA_MASKCOUNT: number
    readonly LUA_REGISTRYINDEX: number
    readonly LUA_TNIL: number
    readonly LUA_TBOOLEAN: number
    readonly LUA_TNUMBER: number
    readonly LUA_TSTRING: number
    readonly LUA_TTABLE: number
    lua_error(L: LuaState): never
    lua_getglobal(L: LuaState, name: Bytes): number
    lua_gettop(L: LuaState): number
    lua_newtable(L: LuaState): void
    lua_pcall(L: LuaState, argumentCount: number, resultCount: number, handler: number): number
    lua_pop(L: LuaState, count: number): void
    lua_pushboolean(L: LuaState, value: boolean): void
    lua_pushglobaltable(L: LuaState): void
    lua_pushjsfunction(L: LuaState, fn: LuaFunction): void
    lua_pushnil(L: LuaState): void
    lua_pushnumber(L: LuaState, value: number): void
    lua_pushstring(L: LuaState, value: Bytes): void
    lua_rawgeti(L: LuaState, index: number, n: number): number
    lua_rawgetp(L: LuaState, index: number, key: unknown): number
    lua_rawset(L: LuaState, index: number): void
    lua_rawget(L: LuaState, index: number): number
    lua_rawseti(L: LuaState, index: number, n: number): void
    lua_setglobal(L: LuaState, name: Bytes): void
    lua_sethook(L: LuaState, hook: LuaFunction | null, mask: number, count: number): void
    lua_settop(L: LuaState, index: number): void
    lua_toboolean(L: LuaState, index: number): boolean
    lua_tonumber(L: LuaState, index: number): number
    lua_tostring(L: LuaState, index: number): Bytes
    lua_type(L: LuaState, index: number): number
  }
  lauxlib: {
    luaL_error(L: LuaState, message: Bytes): never
    luaL_loadbufferx(L: LuaState, source: Bytes, size: number, name: Bytes, mode: Bytes): number
    luaL_newstate(): LuaState
    luaL_ref(L: LuaState, table: number): number
    luaL_requiref(L: LuaState, name: Bytes, open: LuaFunction, isGlobal: boolean): void
  }
  lualib: Record<'luaopen_base' | 'luaopen_string' | 'luaopen_table' | 'luaopen_math', LuaFunction>
}

interface NumberSlot {
  readonly value: number
  ttisinteger(): boolean
  setfltvalue(value: number): void
}

interface NumberReader {
  luaO_str2num: (this: void, text: Bytes, into: NumberSlot) => number
}

function load(): Fengari {
  const require = createRequire(import.meta.url)
  process.env.FENGARICONF = JSON.stringify({ LUA_COMPAT_FLOATSTRING: true }) // Fengari reads it once, while it loads.
  const fengari = require('fengari') as Fengari
  delete process.env.FENGARICONF
  readEveryNumberAsDouble(require('fengari/src/lobject.js') as NumberReader)
  return fengari
}

/** The function behind literals, `tonumber` and texts in arithmetic. */
function readEveryNumberAsDouble(reader: NumberReader): void {
  const readNumber = reader.luaO_str2num
  reader.luaO_str2num = (text, into) => {
    const length = readNumber(text, into)
    if (length > 0 && into.ttisinteger()) into.setfltvalue(into.value)
    return length
  }
}

export const { lua, lauxlib, lualib } = load()

export const toBytes = (text: string): Bytes => Buffer.from(text)

/** Decodes bytes that are not UTF-8 as U+FFFD: values are texts here. */
export const toText = (value: Bytes): string => Buffer.from(value).toString()
