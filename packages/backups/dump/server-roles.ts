/** Stores the server's roles beside a dump, which holds none: their attributes, settings and memberships. */
import type { Client } from 'pg'
import { createSeal } from '#backups/config/seal'
import type { KeptRoles } from '#backups/format/manifest'

export interface RolesWanted {
  /** Encrypts the password hashes, which are stored only with a passphrase. */
  passphrase?: string | undefined
  randomBytes: (count: number) => Buffer
}

/** Authenticated name of the sealed passwords. */
export const PASSWORDS = 'role-passwords.json'

/** Excludes the system's roles and the bootstrap superuser, whose name differs between servers. */
const ROLES = `
  SELECT rolname AS name,
    pg_catalog.concat_ws(' ', CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
      CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcanlogin THEN 'LOGIN' END,
      CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
      CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END) AS attributes,
    rolconnlimit AS "connectionLimit", rolvaliduntil::text AS "validUntil", coalesce(rolconfig, '{}') AS settings,
    pg_catalog.shobj_description(oid, 'pg_authid') AS comment
  FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' AND oid <> 10 ORDER BY 1`

/** Since 16, a membership also says whether it inherits and lets its member act as the role (SET ROLE). */
const MEMBERSHIPS = `
  SELECT DISTINCT r.rolname AS role, m.rolname AS member, a.admin_option AS admin,
    (pg_catalog.to_jsonb(a) ->> 'inherit_option')::bool AS inherit, (pg_catalog.to_jsonb(a) ->> 'set_option')::bool AS set
  FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles r ON r.oid = a.roleid
  JOIN pg_catalog.pg_roles m ON m.oid = a.member WHERE m.rolname !~ '^pg_' AND m.oid <> 10 ORDER BY 1, 2`

const MAY_READ = `SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS "mayRead"`
const HASHES = `SELECT rolname, rolpassword FROM pg_catalog.pg_authid WHERE rolpassword IS NOT NULL AND rolname !~ '^pg_' AND oid <> 10`

export async function readRoles(session: Client, { passphrase, randomBytes }: RolesWanted): Promise<KeptRoles> {
  const { rows: roles } = await session.query<KeptRoles['roles'][number]>(ROLES)
  const { rows: memberships } = await session.query<KeptRoles['memberships'][number]>(MEMBERSHIPS)
  if (passphrase === undefined)
    return { roles, memberships, remarks: ['without their passwords, which --role-passwords adds'] }
  const { rows: rights } = await session.query<{ mayRead: boolean }>(MAY_READ)
  if (rights[0]?.mayRead !== true) {
    return { roles, memberships, remarks: ['this role may not read pg_authid, so the backup has no passwords'] }
  }
  const { rows: hashes } = await session.query<{ rolname: string; rolpassword: string }>(HASHES)
  const text = JSON.stringify(Object.fromEntries(hashes.map(({ rolname, rolpassword }) => [rolname, rolpassword])))
  const seal = await createSeal(passphrase, randomBytes)
  return { roles, memberships, passwords: seal(PASSWORDS, Buffer.from(text)).toString('base64'), remarks: [] }
}
