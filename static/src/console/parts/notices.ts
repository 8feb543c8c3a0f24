// Notifications in words.
import { translate } from '../../shared/i18n'
import type { Notification } from '../../shared/types'

/** How people know the case: by its number, else by its subject. */
function caseName({ data }: Notification): string {
  if (data.number) return String(data.number)
  return typeof data.subject === 'string' ? `“${data.subject}”` : translate('console.notice.a_case')
}

export function textOf(notification: Notification): string {
  const mailbox = notification.data.mailbox as { name?: string } | undefined
  const values = { number: caseName(notification), name: mailbox?.name ?? '' }
  const key = `console.notice.${notification.kind}`
  const text = translate(key, values)
  return text === key ? translate('console.notice.other', values) : text
}

/** The line below: the subject, or what a server said. */
export function detailOf({ data }: Notification): string | undefined {
  const detail = data.number ? data.subject : data.text
  return typeof detail === 'string' ? detail : undefined
}

export const NOTICE_ICONS: Record<string, string> = {
  assigned: 'i-lucide-user-round-check',
  escalated: 'i-lucide-siren',
  warning: 'i-lucide-alarm-clock',
  mail_failed: 'i-lucide-mail-x',
  mailbox_failed: 'i-lucide-server-crash',
  mail_limit: 'i-lucide-octagon-pause',
  customer_replied: 'i-lucide-message-square',
}
