import type { ClientOperations, DataOf } from '#client/operations'
import { Bone } from '#web/frame/blocks.tsx'
import { useFormat, useTexts } from '#web/frame/language'
import { Table } from '#web/frame/table.tsx'
import { importTexts } from '#web/leads/import/texts'

type Import = DataOf<ClientOperations['post /ingest/csv']>

const COLUMNS = ['domain', 'email', 'company'] as const

/** What a dry run recognised: the file, its columns, and the rows that mean no company. */
export function Preview({ preview }: { preview: Import | undefined }) {
  const t = useTexts(importTexts)
  const format = useFormat()
  const recognised = preview?.recognised
  return (
    <div class="preview" aria-busy={preview === undefined}>
      <dl class="figures">
        {(['rows', 'accepted', 'refused'] as const).map((name) => (
          <div key={name}>
            <dt>{t[name]}</dt>
            <dd>{preview ? format.number(preview[name]) : <Bone width={4} />}</dd>
          </div>
        ))}
      </dl>
      {recognised && (
        <dl class="found">
          {COLUMNS.map((name) => (
            <div key={name}>
              <dt>{t.columns[name]}</dt>
              <dd>
                {recognised.columns[name] === null ? (
                  <span class="muted">{t.noColumn}</span>
                ) : (
                  <bdi>{recognised.columns[name]}</bdi>
                )}
              </dd>
            </div>
          ))}
          <div>
            <dt>{t.format}</dt>
            <dd>
              {[
                recognised.format.toUpperCase(),
                recognised.encoding,
                recognised.delimiter && t.separated(recognised.delimiter === '\t' ? t.tab : recognised.delimiter),
                recognised.sheet,
                recognised.header_line === null ? t.noHeader : t.header(recognised.header_line),
              ]
                .filter(Boolean)
                .join(' · ')}
            </dd>
          </div>
        </dl>
      )}
      {preview && preview.refusals.length > 0 && (
        <div class="refusals">
          <Table caption={t.refusedTitle} headings={[t.line, t.value, t.reason]}>
            {preview.refusals.map(({ line, value, reason }) => (
              <tr key={line}>
                <td>{format.number(line)}</td>
                <td class="wrap">
                  <bdi>{value}</bdi>
                </td>
                <td class="wrap">{reason}</td>
              </tr>
            ))}
          </Table>
          {preview.refused > preview.refusals.length && (
            <p class="muted">{t.more(format.number(preview.refused - preview.refusals.length))}</p>
          )}
        </div>
      )}
    </div>
  )
}
