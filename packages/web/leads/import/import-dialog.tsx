import { useEffect, useState } from 'preact/hooks'
import type { ClientOperations, DataOf } from '#client/operations'
import { api, type Failure, toFailure } from '#web/frame/api'
import { Failed } from '#web/frame/blocks.tsx'
import { Dialog } from '#web/frame/dialog.tsx'
import '#web/frame/form.css'
import { useFormat, useTexts } from '#web/frame/language'
import { importTexts } from '#web/leads/import/texts'
import '#web/leads/import/import.css'
import { Preview } from '#web/leads/import/preview.tsx'
import { readText, type Source } from '#web/leads/pasted'
import { followWork } from '#web/leads/work/work'

type Import = DataOf<ClientOperations['post /ingest/csv']>

interface ImportDialogProps {
  isOpen: boolean
  onClose: () => void
  /** What was pasted or dropped; undefined: the reader chooses here. */
  source: Source | undefined
  onSource: (source: Source | undefined) => void
}

/** The page's policy lets it send to its own origin alone, where a request holds so much. */
const FILE_BYTES_MAX = 3 * 1024 * 1024

export default function ImportDialog(props: ImportDialogProps) {
  const t = useTexts(importTexts)
  return props.isOpen ? (
    props.source ? (
      <PreviewStep {...props} source={props.source} />
    ) : (
      <Dialog isOpen onClose={props.onClose} title={t.title}>
        <Choose onSource={props.onSource} />
      </Dialog>
    )
  ) : null
}

function Choose({ onSource }: Pick<ImportDialogProps, 'onSource'>) {
  const t = useTexts(importTexts)
  const [text, setText] = useState('')
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault()
        onSource(readText(text, t.pasted))
      }}
    >
      <label class="field">
        <span class="field-label">{t.paste}</span>
        <textarea
          autoFocus
          rows={8}
          spellcheck={false}
          placeholder={'acme.com.tr\nwww.example.com\ninfo@example.org'}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <span class="field-hint">{t.hint}</span>
      </label>
      <div class="form-row">
        <button type="submit" class="button" data-look="main" disabled={text.trim() === ''}>
          {t.preview}
        </button>
        <label class="button file-button">
          {t.file}
          <input
            type="file"
            class="visually-hidden"
            accept=".csv,.tsv,.txt,.xlsx"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0]
              if (file) onSource({ name: file.name, file })
            }}
          />
        </label>
        <span class="muted">{t.drop}</span>
      </div>
    </form>
  )
}

/** Says what an import would do, by a dry run, and does it. */
function PreviewStep({ onClose, source, onSource }: ImportDialogProps & { source: Source }) {
  const t = useTexts(importTexts)
  const format = useFormat()
  const [column, setColumn] = useState('')
  const [preview, setPreview] = useState<Import>()
  const [error, setError] = useState<Failure>()
  const [isSending, setSending] = useState(false)
  const query = column.trim() === '' ? {} : { column: column.trim() }
  const isTooLarge = source.file.size > FILE_BYTES_MAX

  useEffect(() => {
    if (isTooLarge) return undefined
    const leave = new AbortController()
    setError(undefined)
    api.importList(source.file, { query: { ...query, dry_run: true }, signal: leave.signal }).then(
      ({ data }) => !leave.signal.aborted && setPreview(data),
      (thrown: unknown) => !leave.signal.aborted && setError(toFailure(thrown)),
    )
    return () => leave.abort()
  }, [source, query.column, isTooLarge])

  async function start(scan: boolean): Promise<void> {
    setSending(true)
    setError(undefined)
    try {
      const { data } = await api.importList(source.file, {
        query: { ...query, scan },
        idempotencyKey: crypto.randomUUID(),
      })
      if (data.id) followWork({ id: data.id, importId: data.id, name: source.name, jobs: [] })
      onClose()
    } catch (thrown) {
      setError(toFailure(thrown))
      setSending(false)
    }
  }

  const isReady = preview !== undefined && preview.accepted > 0 && !isSending && !error
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t.title}
      look="wide"
      foot={
        <>
          <button type="button" class="button" data-look="quiet" onClick={() => onSource(undefined)}>
            {t.other}
          </button>
          <button type="button" class="button" disabled={!isReady} onClick={() => void start(false)}>
            {t.only}
          </button>
          <button type="button" class="button" data-look="main" disabled={!isReady} onClick={() => void start(true)}>
            {t.andScan(preview ? format.number(preview.accepted) : '…')}
          </button>
        </>
      }
    >
      {isTooLarge ? (
        <p class="block-text">{t.tooLarge(format.bytes(source.file.size), format.bytes(FILE_BYTES_MAX))}</p>
      ) : (
        <>
          <p class="import-name">
            <bdi>{source.name}</bdi> <span class="muted">{format.bytes(source.file.size)}</span>
          </p>
          {error ? <Failed error={error} /> : <Preview preview={preview} />}
          <label class="field import-column">
            <span class="field-label">{t.column}</span>
            <input
              maxLength={100}
              value={column}
              placeholder={preview?.recognised?.columns.domain ?? ''}
              onChange={(event) => setColumn(event.currentTarget.value)}
            />
            <span class="field-hint">{t.columnHint}</span>
          </label>
        </>
      )}
    </Dialog>
  )
}
