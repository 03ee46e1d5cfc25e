/**
 * Major version of every deployed cluster and of the local one: a backup is proven on the version it was taken from.
 */
export const POSTGRES_MAJOR = '17'
