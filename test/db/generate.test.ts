import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bigint, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readCatalog } from '#db/catalog/read-catalog'
import { generateMigration } from '#db/generate'
import { migrate, rollBack } from '#db/migrate'
import * as tables from '#db/tables'
import { createMigrationFolder, type MigrationFolder } from '../support/migration-folder.ts'

let at: MigrationFolder
beforeEach(async () => {
  at = await createMigrationFolder()
})
afterEach(() => at.close())

/** What a developer added to the tables. */
const notes = pgTable(
  'notes',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    companyId: bigint('company_id', { mode: 'number' })
      .notNull()
      .references(() => tables.companies.id, { onDelete: 'cascade' }),
    body: text('body').notNull().default("it's empty").unique(),
  },
  (table) => [unique().on(table.companyId, table.body)],
)

it('drafts both files from the tables, and both run', async () => {
  const changed = { ...tables, notes }
  const draft = await generateMigration(at, { name: 'notes', tables: changed })
  expect(draft.differs).toBe(true)
  expect(draft.up).toContain("  body text default 'it''s empty'::text not null")
  expect(draft.up).toContain('add constraint notes_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies(id)')
  expect(draft.up).toContain('add constraint notes_body_key UNIQUE (body)')
  expect(draft.up).toContain('add constraint notes_company_id_body_key UNIQUE (company_id, body)')
  expect(draft.down.trim()).toMatch(/drop table notes;$/)
  await migrate(at)
  const catalog = await readCatalog(at.url)
  expect(await rollBack(at)).toEqual([draft.name])
  await migrate(at)
  expect(await readCatalog(at.url)).toEqual(catalog)
})

it('drafts a dropped column, and its return in the down file', async () => {
  await at.add(
    'more',
    'alter table companies add column note text not null default 5',
    'alter table companies drop column note',
  )
  const draft = await generateMigration(at, { name: 'less', tables })
  expect(draft.up).toContain('alter table companies drop column note;')
  expect(draft.down).toContain('alter table companies add column note text default 5 not null;')
})

it('writes an empty draft that cannot run by mistake if nothing differs', async () => {
  const draft = await generateMigration(at, { name: 'by_hand', tables })
  expect(draft).toMatchObject({ name: expect.stringMatching(/^\d{4}_by_hand$/), up: '', down: '', differs: false })
  expect(await readFile(join(at.folder, `${draft.name}.sql`), 'utf8')).toMatch(/^-- TODO: /)
  await expect(migrate(at)).rejects.toMatchObject({ code: 'MIGRATION_INVALID' })
})

it('refuses a name that would not sort', async () => {
  await expect(generateMigration(at, { name: 'Add Notes', tables })).rejects.toMatchObject({
    code: 'MIGRATION_NAME_INVALID',
  })
})
