import type { ComponentChildren } from 'preact'
import { api } from '#web/frame/api'
import { Bone, Failed } from '#web/frame/blocks.tsx'
import { useFormat } from '#web/frame/language'
import { State } from '#web/frame/state.tsx'
import { showToast } from '#web/frame/toasts.tsx'
import { type Described, useBackup } from '#web/backups/backup'
import { Changes } from '#web/backups/changes.tsx'
import { type Backup, readTime } from '#web/backups/days'
import { Levels } from '#web/backups/levels.tsx'
import { Restore } from '#web/backups/restore.tsx'
import { KINDS } from '#web/backups/strip.tsx'
import { useBackupTexts } from '#web/backups/texts'

interface DetailProps {
  backup: Backup
  /** The proven one before it, which it is compared with. */
  before: Backup | undefined
}

/** All that is known of one backup: what its proof checked, when it goes and why, and how to restore it. */
export function Detail({ backup, before }: DetailProps) {
  const t = useBackupTexts()
  const format = useFormat()
  const { data, error, retry } = useBackup(backup)
  const at = readTime(backup.id)
  return (
    <section class="backup-detail" aria-labelledby="backup">
      <header class="backup-head">
        <h2 id="backup">{format.time(at)}</h2>
        <State kind={KINDS[backup.state]}>{t.states[backup.state]}</State>
      </header>
      <p class="backup-id">
        <code>{backup.id}</code>
      </p>
      {backup.reason && <p>{backup.reason}</p>}
      {error && <Failed error={error} retry={retry} />}
      {!error && !data && <Bones />}
      {data && <Facts backup={data} />}
      {data && <Proof backup={data} />}
      {data?.manifest && <Changes tables={data.manifest.tables} before={before} />}
      {data?.manifest && <Restore id={backup.id} />}
    </section>
  )
}

function Bones() {
  return (
    <p aria-busy="true">
      <Bone width={34} /> <Bone width={28} /> <Bone width={31} />
    </p>
  )
}

function Facts({ backup }: { backup: Described }) {
  const t = useBackupTexts()
  const format = useFormat()
  const { manifest, proof, retention, run, notes, check } = backup
  return (
    <dl class="pairs">
      {run && (
        <Pair name={t.detail.run}>
          {t.detail.ended[run.state]}: {run.reason}
        </Pair>
      )}
      {manifest && (
        <>
          <Pair name={t.detail.data}>
            {format.bytes(manifest.object.raw_bytes)}, {t.detail.stored} {format.bytes(manifest.object.gzip_bytes)}
          </Pair>
          <Pair name={t.detail.took}>{format.duration(manifest.duration_ms)}</Pair>
        </>
      )}
      {proof && proof.restore_ms !== null && (
        <Pair name={t.detail.restored}>
          {format.duration(proof.restore_ms)}
          {proof.restored_into && `, ${t.detail.into} ${proof.restored_into}`}
        </Pair>
      )}
      {retention && (
        <Pair name={t.detail.kept}>
          {retention.expires_at === null ? (
            t.always
          ) : (
            <time dateTime={retention.expires_at}>{format.date(retention.expires_at)}</time>
          )}
          <span class="pair-note">{retention.reason}</span>
        </Pair>
      )}
      {manifest?.pinned && <Pair name={t.detail.pinned}>{manifest.pinned}</Pair>}
      {manifest?.server_version && (
        <Pair name={t.detail.server}>
          Postgres {manifest.server_version}
          {manifest.migration_revision && (
            <span class="pair-note">
              {t.detail.schema} {manifest.migration_revision}
            </span>
          )}
        </Pair>
      )}
      {check && (
        <Pair name={t.detail.checked}>
          {format.time(check.checked_at)}
          {check.reason && <span class="pair-note">{check.reason}</span>}
        </Pair>
      )}
      {notes.note && <Pair name={t.detail.note}>{notes.note}</Pair>}
    </dl>
  )
}

function Pair({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Proof({ backup }: { backup: Described }) {
  const t = useBackupTexts()
  const prove = async () => {
    const { id, source } = backup
    const idempotencyKey = crypto.randomUUID()
    await api.post('/admin/backups/{id}/verify', { params: { id }, query: { source }, idempotencyKey }).then(
      () => showToast(t.detail.proofRequested),
      (error: unknown) => showToast(error instanceof Error ? error.message : String(error), { kind: 'failed' }),
    )
  }
  return (
    <div class="backup-part">
      <header class="backup-part-head">
        <h3>{t.detail.proven}</h3>
        {backup.manifest && (
          <button type="button" class="button" data-look="quiet" onClick={() => void prove()}>
            {t.detail.prove}
          </button>
        )}
      </header>
      {backup.proof ? <Levels checks={backup.proof.checks} /> : <p class="muted">{t.detail.unproven}</p>}
    </div>
  )
}
