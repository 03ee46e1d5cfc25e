/** Reads an RDAP domain object (RFC 9083 section 5.3). Registries leave out and add members as they like. */
import * as z from 'zod/mini'
import { isoDate } from '#signals/registration/dates'
import { hostsOf, nameOf, type RegistrationFacts, statusesOf } from '#signals/registration/facts'

const text = z.string()
const list = z.array(z.unknown())

const domainSchema = z.object({
  objectClassName: z.literal('domain'),
  ldhName: z.optional(text),
  events: z.optional(list),
  entities: z.optional(list),
  nameservers: z.optional(list),
  status: z.optional(list),
})
const eventSchema = z.object({ eventAction: text, eventDate: text })
const nameServerSchema = z.object({ ldhName: text })
const entitySchema = z.object({ roles: list, handle: z.optional(text), vcardArray: z.optional(z.unknown()) })
/** jCard (RFC 7095): `["vcard", [["fn", {}, "text", "Name"], …]]` */
const cardSchema = z.tuple([z.literal('vcard'), z.array(z.unknown())])
/** A value may be structured (RFC 7095 section 3.3.1.3): an organisation and its units. */
const cardLineSchema = z.tuple([text, z.unknown(), z.unknown(), z.union([text, list])], z.unknown())

/** Null when it is no domain object, or another domain's. Never throws. */
export function readRdapDomain(json: unknown, domain: string): RegistrationFacts | null {
  const { data: found } = z.safeParse(domainSchema, json)
  if (!found) return null
  if (found.ldhName !== undefined && found.ldhName.toLowerCase().replace(/\.$/, '') !== domain) return null
  const events = readable(eventSchema, found.events)
  const dateOf = (action: string) =>
    isoDate(events.find(({ eventAction }) => eventAction.toLowerCase() === action)?.eventDate ?? '')
  return {
    registrar: registrarOf(found.entities),
    createdAt: dateOf('registration'),
    expiresAt: dateOf('expiration'),
    nameServers: hostsOf(readable(nameServerSchema, found.nameservers).map(({ ldhName }) => ldhName)),
    statuses: statusesOf(readable(text, found.status)),
  }
}

function registrarOf(entities: unknown[] | undefined): string | null {
  const registrar = readable(entitySchema, entities).find(({ roles }) =>
    readable(text, roles).some((role) => role.toLowerCase() === 'registrar'),
  )
  if (!registrar) return null
  const lines = readable(cardLineSchema, z.safeParse(cardSchema, registrar.vcardArray).data?.[1])
  const called = (name: string) => {
    const value = lines.find(([property]) => property.toLowerCase() === name)?.[3] ?? ''
    return typeof value === 'string' ? value : (readable(text, value)[0] ?? '')
  }
  return nameOf(called('fn')) ?? nameOf(called('org')) ?? nameOf(registrar.handle ?? '')
}

/** Those elements that are as they should be. */
function readable<T>(schema: z.ZodMiniType<T>, elements: unknown[] | undefined): T[] {
  return (elements ?? []).flatMap((element) => {
    const parsed = z.safeParse(schema, element)
    return parsed.success ? [parsed.data] : []
  })
}
