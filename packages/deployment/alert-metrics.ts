/** Metrics of the delivery of alerts: the function prints them, and the infrastructure has alarms on them. */
export const ALERT_METRICS = {
  namespace: 'Hunter/Alerts',
  sent: 'MessagesSent',
  failed: 'MessagesFailed',
  /** How long the oldest message has been due that nothing keeps from being sent. */
  oldest: 'OldestDueSeconds',
} as const
