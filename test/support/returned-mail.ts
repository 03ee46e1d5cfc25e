/** Events as SES sends them through EventBridge, with the fields that Hunter does not read, too. */
interface Mail {
  to: string
  sentAt: string
  /** When it came back. */
  at: string
  deliveries?: string[]
}

function envelope(type: string, { to, sentAt, at, deliveries = [] }: Mail, detail: object) {
  const set = 'hunter-production-alerts'
  return {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': type,
    source: 'aws.ses',
    account: '111122223333',
    time: at,
    region: 'eu-central-1',
    resources: [`arn:aws:ses:eu-central-1:111122223333:configuration-set/${set}`],
    detail: {
      ...detail,
      mail: {
        timestamp: sentAt,
        source: 'alerts@hunter.example',
        sourceArn: 'arn:aws:ses:eu-central-1:111122223333:identity/hunter.example',
        sendingAccountId: '111122223333',
        messageId: '0107018b9c3c7d3d-0f3b1a2c-5b5e-4f1e-8a9d-6f4c6f2f9b0a-000000',
        destination: [to],
        headersTruncated: false,
        headers: [{ name: 'To', value: to }],
        commonHeaders: { from: ['alerts@hunter.example'], to: [to], subject: 'Hunter: test' },
        tags: {
          'ses:operation': ['SendEmail'],
          'ses:configuration-set': [set],
          'ses:from-domain': ['hunter.example'],
          ...Object.fromEntries(deliveries.map((id, at) => [`delivery${at}`, [id]])),
        },
      },
    },
  }
}

export function bounceEvent(bounceType: string, bounceSubType: string, mail: Mail & { bounced?: string }) {
  const { at, to, bounced = to } = mail
  const recipient = { emailAddress: bounced, action: 'failed', status: '5.1.1', diagnosticCode: `smtp; 550 ${to}` }
  const bounce = {
    feedbackId: '0107018b9c3c8c2e-7a3c9c1e-1f7e-4a0a-9a53-3e8b4e2c1d0f-000000',
    bounceType,
    bounceSubType,
    bouncedRecipients: [recipient],
    timestamp: at,
    reportingMTA: 'dns; mail.acme.com.tr',
  }
  return envelope('Email Bounced', mail, { eventType: 'Bounce', bounce })
}

export function complaintEvent(mail: Mail, complaintFeedbackType: string | null = 'abuse') {
  const complaint = {
    feedbackId: '0107018b9c3c8c2e-7a3c9c1e-1f7e-4a0a-9a53-3e8b4e2c1d0f-000000',
    complaintSubType: null,
    complainedRecipients: [{ emailAddress: mail.to }],
    timestamp: mail.at,
    userAgent: 'ISP feedback loop',
    ...(complaintFeedbackType !== null && { complaintFeedbackType }),
    arrivalDate: mail.at,
  }
  return envelope('Email Complaint Received', mail, { eventType: 'Complaint', complaint })
}

export function deliveryEvent(mail: Mail) {
  const delivery = { timestamp: mail.at, processingTimeMillis: 546, recipients: [mail.to], smtpResponse: '250 ok' }
  return envelope('Email Delivered', mail, { eventType: 'Delivery', delivery })
}
