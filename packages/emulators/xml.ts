/** Writes and parses XML: text is always escaped, and document types are refused. */
import { SaxesParser } from 'saxes'
import { S3Error } from '#emulators/s3/errors'

/** Text that is XML already; `buildElement` escapes everything else. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** `false` and `undefined` produce nothing; pass a boolean as text to write it. */
type Content = string | number | Markup | undefined | false | readonly Content[]

export function buildElement(name: string, ...content: Content[]): Markup {
  return new Markup(`<${name}>${content.map(render).join('')}</${name}>`)
}

/** Builds an element, or nothing when it would be empty. */
export function buildOptional(name: string, content: string | number | undefined): Markup | undefined {
  return content === undefined ? undefined : buildElement(name, content)
}

export function buildXmlDocument(name: string, ...content: Content[]): string {
  const namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
  return `${DECLARATION}<${name}${namespace}>${render(content)}</${name}>`
}

/** Errors are in no namespace. */
export function buildErrorDocument(...content: Content[]): string {
  return DECLARATION + buildElement('Error', content).text
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** A parsed element. `text` is its own text, without its children's. */
export interface XmlNode {
  name: string
  text: string
  children: XmlNode[]
}

/** @throws S3Error MalformedXML, also when the root has another name. */
export function parseXml(source: string, root: string): XmlNode {
  const top: XmlNode = { name: '', text: '', children: [] }
  const open = [top]
  const parser = new SaxesParser()
  const fail = (why: string): never => {
    throw new S3Error('MalformedXML', `The XML is not well-formed or not as the API describes it: ${why}`)
  }
  parser.on('error', (error) => fail(error.message))
  parser.on('doctype', () => fail('document types are refused'))
  parser.on('opentag', ({ name }) => {
    const node: XmlNode = { name, text: '', children: [] }
    open.at(-1)!.children.push(node)
    open.push(node)
  })
  const addText = (text: string) => (open.at(-1)!.text += text)
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => open.pop())
  parser.write(source).close()
  const node = top.children[0]
  return node?.name === root ? node : fail(`${root} was expected`)
}

/** Serialises an element that `parseXml` read. */
export function renderNode(node: XmlNode): Markup {
  return node.children.length > 0
    ? buildElement(node.name, ...node.children.map(renderNode))
    : buildElement(node.name, node.text)
}

export function getChildren(node: XmlNode, name: string): XmlNode[] {
  return node.children.filter((child) => child.name === name)
}

/** Returns the only child with that name. @throws S3Error MalformedXML when there are several. */
export function getChild(node: XmlNode, name: string): XmlNode | undefined {
  const found = getChildren(node, name)
  if (found.length > 1) throw new S3Error('MalformedXML', `${node.name} has more than one ${name}.`)
  return found[0]
}

export function getText(node: XmlNode, name: string): string | undefined {
  return getChild(node, name)?.text
}

/** Refuses elements that the caller does not read, so that nothing is ignored silently. */
export function expectOnly(node: XmlNode, names: readonly string[]): void {
  const other = node.children.find((child) => !names.includes(child.name))
  if (other) throw new S3Error('MalformedXML', `${node.name} may not have a ${other.name} here.`)
}

function render(content: Content): string {
  if (content === undefined || content === false) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'string') return escapeText(content)
  return typeof content === 'number' ? String(content) : content.map(render).join('')
}

/** Escapes control characters as references, as S3 does: XML 1.0 has no other form for them in a key. */
function escapeText(text: string): string {
  return text.replaceAll(/[&<>"'\p{Cc}]/gu, (character) => ESCAPES[character] ?? reference(character))
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }
const reference = (character: string) => `&#${character.codePointAt(0)};`
