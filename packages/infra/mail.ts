/** Mail of alerts, and what SES reports when it comes back. */
export type Mail = ReturnType<typeof createMail>

/** Mails name the set, so that SES reports those which come back to the default bus, and to no other stage. */
export function createMail() {
  const set = new aws.sesv2.ConfigurationSet('AlertMails', {
    configurationSetName: `${$app.name}-${$app.stage}-alerts`,
    suppressionOptions: { suppressedReasons: ['BOUNCE', 'COMPLAINT'] },
  })
  const { partition } = aws.getPartitionOutput()
  const { region } = aws.getRegionOutput()
  const { accountId } = aws.getCallerIdentityOutput()
  new aws.sesv2.ConfigurationSetEventDestination('ReturnedMails', {
    configurationSetName: set.configurationSetName,
    eventDestinationName: 'returned',
    eventDestination: {
      enabled: true,
      matchingEventTypes: ['BOUNCE', 'COMPLAINT'],
      eventBridgeDestination: {
        eventBusArn: $interpolate`arn:${partition}:events:${region}:${accountId}:event-bus/default`,
      },
    },
  })
  return {
    set,
    environment: {
      // set while deploying; empty: e-mail channels say that no sender is set
      HUNTER_ALERT_FROM: process.env['HUNTER_ALERT_FROM'] ?? '',
      HUNTER_ALERT_REPORTS: set.configurationSetName,
    },
  }
}

/** Only AWS may send events of its own sources, and only this rule may call the function for them. */
export function reportReturnedMail({ set }: Mail, fn: sst.aws.Function): void {
  const rule = new aws.cloudwatch.EventRule('ReturnedMail', {
    description: 'Mails of alerts that came back, or that a reader marked as spam',
    eventPattern: $jsonStringify({
      source: ['aws.ses'],
      'detail-type': ['Email Bounced', 'Email Complaint Received'],
      detail: { mail: { tags: { 'ses:configuration-set': [set.configurationSetName] } } },
    }),
  })
  new aws.lambda.Permission('ReturnedMailInvokes', {
    action: 'lambda:InvokeFunction',
    function: fn.name,
    principal: 'events.amazonaws.com',
    sourceArn: rule.arn,
  })
  new aws.cloudwatch.EventTarget('ReturnedMailToDeliver', { rule: rule.name, arn: fn.arn })
}
