/** Reads the rules of a bucket for pages of other origins. */
import { S3Error } from '#emulators/s3/errors'
import { expectOnly, getChildren, getText, parseXml, type XmlNode } from '#emulators/xml'

export interface CorsRule {
  origins: string[]
  methods: string[]
  /** Request headers, in lower case. */
  headers: string[]
  exposed: string[]
  maxAgeS: string | undefined
}

const RULES_MAX = 100
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']
const FIELDS = ['ID', 'AllowedOrigin', 'AllowedMethod', 'AllowedHeader', 'ExposeHeader', 'MaxAgeSeconds']

export function parseCors(xml: string): CorsRule[] {
  return readCorsRules(xml).map((node) => ({
    origins: listTexts(node, 'AllowedOrigin'),
    methods: listTexts(node, 'AllowedMethod'),
    headers: listTexts(node, 'AllowedHeader').map((name) => name.toLowerCase()),
    exposed: listTexts(node, 'ExposeHeader'),
    maxAgeS: getText(node, 'MaxAgeSeconds'),
  }))
}

/** @throws S3Error MalformedXML, InvalidRequest */
export function readCorsRules(xml: string): XmlNode[] {
  const root = parseXml(xml, 'CORSConfiguration')
  expectOnly(root, ['CORSRule'])
  const nodes = getChildren(root, 'CORSRule')
  for (const node of nodes) {
    expectOnly(node, FIELDS)
    const isWhole = listTexts(node, 'AllowedOrigin').length > 0 && listTexts(node, 'AllowedMethod').length > 0
    if (!isWhole) throw new S3Error('MalformedXML', 'A CORS rule needs an origin and a method.')
    const other = listTexts(node, 'AllowedMethod').find((method) => !METHODS.includes(method))
    if (other) throw new S3Error('InvalidRequest', `Found unsupported HTTP method in CORS config: ${other}`)
  }
  if (nodes.length > 0 && nodes.length <= RULES_MAX) return nodes
  throw new S3Error('MalformedXML', `A CORS configuration has 1 to ${RULES_MAX} rules.`)
}

function listTexts(node: XmlNode, name: string): string[] {
  return getChildren(node, name).map(({ text }) => text)
}
