import { execFileSync } from 'node:child_process'
import { BACKUP_SOURCE, CALENDAR } from './backups.ts'
import { createFunction, readFunctionLimits, reserveInstances, withLimits } from './functions.ts'
import {
  drainQueue,
  listBackups,
  readBackupTags,
  readQueueState,
  readReports,
  sendMail,
  sendToQueue,
  transferFiles,
} from './permissions.ts'
import type { StackResources } from './resources.ts'
import { CORS_ORIGINS } from './transfers.ts'

/** A worker thread compares imported keys, and a thread needs a file. */
const BCRYPT_WORKER = [{ from: 'packages/keys/bcrypt-worker.ts', to: 'bcrypt-worker.ts' }]
const PDF_FONTS = ['inter-regular.ttf', 'inter-semibold.ttf'].map((to) => ({ from: `packages/exports/pdf/${to}`, to }))
/** PDFKit looks for it in one of its modes, which Hunter does not use. */
const COLOURS = 'data/sRGB_IEC61966_2_1.icc'
const PDF_COLOURS = [{ from: `node_modules/pdfkit/js/${COLOURS}`, to: COLOURS }]

/** Builds the page, and returns where the function looks for it: packages/runtime/page-folders.ts. */
function buildPage() {
  execFileSync('npm', ['run', '--silent', 'build:web'], { cwd: $cli.paths.root, stdio: 'inherit' })
  return { from: 'packages/web/dist', to: 'page' }
}

/** What the API shows of backups. It may not read their data. */
const BACKUP_REPORTS = ['manifest.json', 'proof.json', 'check.json', 'run.json', 'notes.json', 'drill.json']

/** Paths name companies, and hold the tokens of links that unsubscribe. The API logs the pattern of the route instead. */
function leaveOutPath<T extends { format: string }>(settings: T | undefined): T {
  const { path: _path, ...fields } = JSON.parse(settings!.format) as Record<string, unknown>
  return { ...settings!, format: JSON.stringify(fields) }
}

export function createApi({
  secrets,
  network,
  outward,
  database,
  redis,
  storage,
  transfers,
  queues,
  instances,
  mail,
  migrated,
}: StackResources) {
  const gateway = new sst.aws.ApiGatewayV2('Api', {
    // Hono answers CORS with its own list of origins
    cors: false,
    accessLog: { retention: '1 month' },
    transform: {
      stage: (stage) => {
        stage.accessLogSettings = $resolve([stage.accessLogSettings]).apply(([settings]) => leaveOutPath(settings))
      },
    },
  })
  const { environment } = withLimits(network, instances)
  const handler = createFunction('ApiFunction', secrets, {
    ...readFunctionLimits('api'),
    vpc: outward, // it sends the tests of alert channels
    environment: {
      ...environment,
      ...CALENDAR,
      HUNTER_BACKUP_SOURCE: BACKUP_SOURCE,
      HUNTER_CORS_ORIGINS: CORS_ORIGINS,
      ...mail.environment,
    },
    after: migrated,
    copyFiles: [...BCRYPT_WORKER, ...PDF_FONTS, ...PDF_COLOURS, buildPage()],
    install: ['bcryptjs'],
    concurrency: reserveInstances(instances, 'api'),
    link: [
      database,
      redis,
      storage.bucket,
      transfers,
      queues.scans,
      queues.scansDead,
      queues.backups,
      queues.proofs,
      secrets.keyPepper,
    ],
    permissions: [
      sendToQueue(queues.scans),
      sendToQueue(queues.backups),
      sendToQueue(queues.proofs),
      readQueueState(queues.scans),
      drainQueue(queues.scansDead),
      listBackups(storage),
      ...readReports(storage, BACKUP_REPORTS),
      readBackupTags(storage),
      ...transferFiles(transfers),
      sendMail(mail), // the test of an e-mail channel
    ],
  })
  gateway.route('$default', handler.arn)
  return gateway
}
