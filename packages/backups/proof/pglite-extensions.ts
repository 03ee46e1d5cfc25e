/**
 * Extensions whose archives ship with the embedded Postgres, by their names in CREATE EXTENSION. Some need more than
 * one archive.
 */
export const ARCHIVES = {
  amcheck: 'amcheck',
  autoinc: 'spi',
  bloom: 'bloom',
  btree_gin: 'btree_gin',
  btree_gist: 'btree_gist',
  citext: 'citext',
  cube: 'cube',
  dict_int: 'dict_int',
  dict_xsyn: 'dict_xsyn',
  earthdistance: 'earthdistance',
  file_fdw: 'file_fdw',
  fuzzystrmatch: 'fuzzystrmatch',
  hstore: 'hstore',
  insert_username: 'spi',
  intarray: 'intarray',
  isn: 'isn',
  lo: 'lo',
  ltree: 'ltree',
  moddatetime: 'spi',
  pageinspect: 'pageinspect',
  pg_buffercache: 'pg_buffercache',
  pg_freespacemap: 'pg_freespacemap',
  pg_logicalinspect: 'pg_logicalinspect',
  pg_stat_statements: 'pg_stat_statements',
  pg_surgery: 'pg_surgery',
  pg_trgm: 'pg_trgm',
  pg_visibility: 'pg_visibility',
  pg_walinspect: 'pg_walinspect',
  pgcrypto: 'pgcrypto',
  refint: 'spi',
  seg: 'seg',
  tablefunc: 'tablefunc',
  tcn: 'tcn',
  tsm_system_rows: 'tsm_system_rows',
  tsm_system_time: 'tsm_system_time',
  unaccent: 'unaccent',
  'uuid-ossp': 'uuid-ossp',
} as const

type Embedded = keyof typeof ARCHIVES

/** Their libraries must be loaded when the server starts. */
const PRELOADED = new Set<string>(['pg_stat_statements'])

export function findMissingExtensions(names: string[]): string[] {
  return names.filter((name) => !Object.hasOwn(ARCHIVES, name))
}

/** Returns the archives and arguments that the embedded server needs. @param names available extensions only */
export function loadExtensions(names: string[]): { archives: string[]; serverArgs: string[] } {
  const archives = new Set(names.map((name) => ARCHIVES[name as Embedded]))
  const preloaded = names.filter((name) => PRELOADED.has(name))
  const serverArgs = preloaded.length === 0 ? [] : ['-c', `shared_preload_libraries=${preloaded.join(',')}`]
  return { archives: [...archives], serverArgs }
}
