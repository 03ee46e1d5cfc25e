/** Reads an RDAP domain object (RFC 9083 section 5.3). Registries omit and add members freely. */
import * as z from 'zod/mini'
import { parseRegistryDate } from '#signals/registration/dates'
import { parseHosts, cleanName, type RegistrationFacts, parseStatuses } from '#signals/registration/facts'

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
/** A value may be structured (RFC 7095 section 3.3.1.3), for example an organisation and its units. */
const cardLineSchema = z.tuple([text, z.unknown(), z.unknown(), z.union([text, list])], z.unknown())

/** Null when the object is no domain, or another domain. Never throws. */
export function readRdapDomain(json: unknown, domain: string): RegistrationFacts | null {
  const { data: found } = z.safeParse(domainSchema, json)
  if (!found) return null
  if (found.ldhName !== undefined && found.ldhName.toLowerCase().replace(/\.$/, '') !== domain) return null
  const events = parseValid(eventSchema, found.events)
  const dateOf = (action: string) =>
    parseRegistryDate(events.find(({ eventAction }) => eventAction.toLowerCase() === action)?.eventDate ?? '')
  return {
    registrar: findRegistrar(found.entities),
    createdAt: dateOf('registration'),
    expiresAt: dateOf('expiration'),
    nameServers: parseHosts(parseValid(nameServerSchema, found.nameservers).map(({ ldhName }) => ldhName)),
    statuses: parseStatuses(parseValid(text, found.status)),
  }
}

function findRegistrar(entities: unknown[] | undefined): string | null {
  const registrar = parseValid(entitySchema, entities).find(({ roles }) =>
    parseValid(text, roles).some((role) => role.toLowerCase() === 'registrar'),
  )
  if (!registrar) return null
  const lines = parseValid(cardLineSchema, z.safeParse(cardSchema, registrar.vcardArray).data?.[1])
  const called = (name: string) => {
    const value = lines.find(([property]) => property.toLowerCase() === name)?.[3] ?? ''
    return typeof value === 'string' ? value : (parseValid(text, value)[0] ?? '')
  }
  return cleanName(called('fn')) ?? cleanName(called('org')) ?? cleanName(registrar.handle ?? '')
}

/** Keeps the elements that match the schema. */
function parseValid<T>(schema: z.ZodMiniType<T>, elements: unknown[] | undefined): T[] {
  return (elements ?? []).flatMap((element) => {
    const parsed = z.safeParse(schema, element)
    return parsed.success ? [parsed.data] : []
  })
}
