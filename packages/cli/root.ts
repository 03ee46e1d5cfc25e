/** The tree of commands. Each has a file, which calling it loads. */
import { defineCommand } from 'citty'
import packageJson from '../../package.json' with { type: 'json' }
import { deferCommand } from '#cli/command'

export const rootCommand = defineCommand({
  meta: { version: packageJson.version, description: packageJson.description },
  subCommands: {
    dev: deferCommand('Run the whole product on this machine', () =>
      import('#cli/dev').then((file) => file.devCommand),
    ),
    demo: deferCommand(
      'Run the main workflow once on a throwaway stack: import, scan, back up, prove, drop a table, restore',
      () => import('#cli/demo').then((file) => file.demoCommand),
    ),
    signals: deferCommand('Measure how well Hunter recognises mail providers', () =>
      import('#cli/signals').then((file) => file.signalsCommand),
    ),
    scan: deferCommand('Scan domains and print evidence, provider, score and summary, without storing anything', () =>
      import('#cli/scan').then((file) => file.scanCommand),
    ),
    leads: deferCommand('List, show, export and erase leads, import companies, and apply new rules', () =>
      import('#cli/leads').then((file) => file.leadsCommand),
    ),
    rescans: deferCommand('Show and change the schedule that scans leads again', () =>
      import('#cli/rescans').then((file) => file.rescansCommand),
    ),
    referrals: deferCommand('Sign in to Microsoft Partner Center, and read its referrals as leads', () =>
      import('#cli/referrals').then((file) => file.referralsCommand),
    ),
    dashboard: deferCommand('Show counts of leads, the trend by day, the best leads and the newest changes', () =>
      import('#cli/dashboard').then((file) => file.dashboardCommand),
    ),
    keys: deferCommand('Create, list, rotate and revoke API keys, and import those of another installation', () =>
      import('#cli/keys').then((file) => file.keysCommand),
    ),
    sessions: deferCommand('List the sessions of the page, and revoke one', () =>
      import('#cli/sessions').then((file) => file.sessionsCommand),
    ),
    webhooks: deferCommand('Create, list, rotate and revoke webhooks, which programs send leads with', () =>
      import('#cli/webhooks').then((file) => file.webhooksCommand),
    ),
    alerts: deferCommand('Send alerts to webhooks, Slack, Teams and e-mail addresses, and show what was sent', () =>
      import('#cli/alerts').then((file) => file.alertsCommand),
    ),
    audit: deferCommand('List who did what to which object', () =>
      import('#cli/audit').then((file) => file.auditCommand),
    ),
    db: deferCommand('Apply and roll back migrations, and compare the database with them', () =>
      import('#cli/db').then((file) => file.dbCommand),
    ),
    backup: deferCommand('Back up databases, prove that the backups restore, and restore them', () =>
      import('#cli/backup').then((file) => file.backupCommand),
    ),
    completion: deferCommand('Print a script that completes these commands in bash, zsh or fish', () =>
      import('#cli/completion').then((file) => file.completionCommand),
    ),
  },
})
