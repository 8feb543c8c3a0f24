// Notifications in words.
import { translate } from '../../shared/i18n'
import type { Notification } from '../../shared/types'

export function textOf(notification: Notification): string {
  const { number, subject, by, name } = notification.data
  const values = {
    number: number ?? (notification.case_id ? `#${notification.case_id}` : ''),
    subject: subject ?? '',
    by: by ?? name ?? '',
  }
  const key = `console.notice.${notification.kind}`
  const text = translate(key, values)
  return text === key ? translate('console.notice.other', values) : text
}

export const NOTICE_ICONS: Record<string, string> = {
  assigned: 'i-lucide-user-round-check',
  escalated: 'i-lucide-siren',
  warning: 'i-lucide-alarm-clock',
  mail_failed: 'i-lucide-mail-x',
  mailbox_failed: 'i-lucide-server-crash',
  customer_replied: 'i-lucide-message-square',
}
