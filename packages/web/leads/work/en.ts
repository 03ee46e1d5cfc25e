export const en = {
  starting: 'Starting',
  scanned: (done: string, all: string) => `${done} of ${all} scanned`,
  rowsRead: (rows: string, all: string) => `${rows} of ${all} rows read`,
  imported: (created: string, duplicates: string, refused: string) =>
    `${created} new companies, ${duplicates} duplicates, ${refused} refused rows`,
  showImport: 'Show these leads',
  failedCount: (count: string) => `${count} failed`,
  failedTitle: 'Domains that could not be scanned',
  retryFailed: 'Scan them again',
  dismiss: 'Dismiss',
  hide: 'Hide; the work goes on',
}
