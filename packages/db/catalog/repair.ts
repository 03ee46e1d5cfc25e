/** The SQL that turns what was found into what is wanted. It is for a person to review: a drop takes its data along. */
import { type Difference, type FactDifference, getItem, findWholeTables } from '#db/catalog/compare'
import { type Catalog, type CatalogItem, type Kind, KINDS } from '#db/catalog/item'

/** Plans SQL in an order in which it runs; `found` tells which views block the change of a column. Pure. */
export function planRepair(differences: Difference[], found: Catalog): string[] {
  const whole = findWholeTables(differences)
  const inTheWay = findBlockingViews(differences, found)
  const steps = differences.flatMap((difference) => planSteps(difference, whole))
  for (const view of inTheWay) {
    steps.push({ kind: 'view', phase: 'drop', sql: view.drop }, { kind: 'view', phase: 'make', sql: view.create })
  }
  const order = (kind: Kind) => KINDS.indexOf(kind)
  const drops = steps.filter(({ phase }) => phase === 'drop').toReversed()
  const makes = steps.filter(({ phase }) => phase === 'make')
  return [
    ...drops.toSorted((one, other) => order(other.kind) - order(one.kind)),
    ...makes.toSorted((one, other) => order(one.kind) - order(other.kind)),
  ].map(({ sql }) => sql)
}

interface Step {
  kind: Kind
  phase: 'drop' | 'make'
  sql: string
}

/** Kinds that are dropped with their table. Others may need a function, or another table, that is dropped before. */
const DROPPED_WITH_TABLE = new Set<Kind>(['column', 'constraint', 'index', 'statistics', 'grant'])

function planSteps(difference: Difference, whole: Set<string>): Step[] {
  const item = getItem(difference)
  const { kind } = item
  const isPart = whole.has(item.table ?? '')
  if (difference.state === 'extra')
    return isPart && DROPPED_WITH_TABLE.has(kind) ? [] : [{ kind, phase: 'drop', sql: item.drop }]
  if (difference.state === 'missing') {
    // CREATE TABLE has them already
    return isPart && kind === 'column' ? [] : [{ kind, phase: 'make', sql: item.create }]
  }
  const alter = alterItem(difference.wanted, difference.facts)
  if (alter) return alter.map((sql) => ({ kind, phase: 'make', sql }))
  return [
    { kind, phase: 'drop', sql: difference.found.drop },
    { kind, phase: 'make', sql: difference.wanted.create },
  ]
}

/** undefined: the item is dropped and created again. */
function alterItem(wanted: CatalogItem, facts: FactDifference[]): string[] | undefined {
  const { kind, name, create } = wanted
  if (kind === 'function') return [create] // CREATE OR REPLACE
  if (kind === 'sequence') return [`alter sequence ${name} ${wanted.facts['definition']}`]
  if (kind === 'extension') return [`alter extension ${name} set schema ${wanted.facts['schema']}`]
  if (kind === 'table') return facts.map((fact) => alterTable(name, fact))
  if (kind === 'type') return [`-- ${name}: change this type by hand to ${wanted.facts['definition']}`]
  if (kind !== 'column' || facts.some(({ fact }) => fact === 'generated')) return undefined
  return alterColumn(wanted, facts)
}

function alterTable(name: string, { fact, wanted }: FactDifference): string {
  if (fact === 'persistence') return `alter table ${name} set ${wanted}`
  if (fact === 'row security') {
    const on = wanted === 'off' ? 'disable' : 'enable'
    return `alter table ${name} ${on} row level security, ${wanted === 'forced' ? 'force' : 'no force'} row level security`
  }
  if (fact === 'options' && wanted !== null) return `alter table ${name} set (${wanted})`
  return `-- ${name}: change by hand: ${fact} should be ${wanted ?? '(none)'}`
}

function alterColumn({ table, name, facts: all }: CatalogItem, facts: FactDifference[]): string[] {
  const column = name.slice((table ?? '').length + 1)
  const differs = new Map(facts.map((each) => [each.fact, each]))
  const alter = (action: string) => `alter table ${table} alter column ${column} ${action}`
  const actions: string[] = []
  const retyped = differs.has('type') || differs.has('collation')
  if (differs.get('default')?.found && (retyped || !all['default'])) actions.push('drop default')
  if (differs.get('identity')?.found) actions.push('drop identity')
  if (retyped) {
    const collate = all['collation'] ? ` collate ${all['collation']}` : ''
    actions.push(`type ${all['type']}${collate} using ${column}::${all['type']}`)
  }
  if (differs.get('default')?.wanted) actions.push(`set default ${all['default']}`)
  if (differs.has('nullable')) actions.push(all['nullable'] === 'yes' ? 'drop not null' : 'set not null')
  if (differs.get('identity')?.wanted) actions.push(`add generated ${all['identity']} as identity`)
  if (differs.has('statistics')) actions.push(`set statistics ${all['statistics'] ?? -1}`)
  return actions.map(alter)
}

/** Views that stay as they are, and read a table of which a column is dropped or changes its type. */
function findBlockingViews(differences: Difference[], found: Catalog): CatalogItem[] {
  const tables = differences
    .filter((each) => getItem(each).kind === 'column' && changesShape(each))
    .map((each) => getItem(each).table ?? '')
  const differing = new Set(differences.map((each) => getItem(each)).map(({ name }) => name))
  return found.filter(
    ({ kind, name, facts }) =>
      kind === 'view' && !differing.has(name) && tables.some((table) => facts['definition']?.includes(table)),
  )
}

function changesShape(difference: Difference): boolean {
  if (difference.state === 'missing') return false
  return difference.state === 'extra' || difference.facts.some(({ fact }) => fact === 'type' || fact === 'generated')
}

export function formatScript(statements: string[]): string {
  return statements.map((sql) => (sql.startsWith('--') ? `${sql}\n` : `${sql.trimEnd()};\n`)).join('')
}
