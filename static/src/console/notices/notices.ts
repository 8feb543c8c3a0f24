// Notifications in words, with their icons and where they lead.
import { translate } from '../../shared/i18n'
import { subjectOf } from '../../shared/subject'
import type { Notification } from '../../shared/types'

/** How people know the case: by its number, else by its subject. */
function caseName({ data }: Notification): string {
  if (data.number) return String(data.number)
  return typeof data.subject === 'string' ? `“${subjectOf(data.subject)}”` : translate('console.notice.a_case')
}

export function textOf(notification: Notification): string {
  const mailbox = notification.data.mailbox as { name?: string } | undefined
  const by = typeof notification.data.by === 'string' ? notification.data.by : ''
  const count = Number(notification.data.count ?? 0)
  const values = { number: caseName(notification), name: mailbox?.name ?? '', by, count }
  const key = `console.notice.${notification.kind}`
  const text = translate(by ? `${key}_by` : key, values)
  if (!text.startsWith('console.notice.')) return text
  const plain = translate(key, values)
  return plain === key ? translate('console.notice.other', values) : plain
}

/** The line below: what was written, the subject, or what a server said. */
export function detailOf({ data }: Notification): string | undefined {
  if (typeof data.excerpt === 'string') return data.excerpt
  if (data.number) return typeof data.subject === 'string' ? subjectOf(data.subject) : undefined
  return typeof data.text === 'string' ? data.text : undefined
}

/** The path that shows what it is about. */
export function pathOf({ case_id, kind, data }: Notification): string {
  if (!case_id) return kind === 'quarantine_grew' ? '/admin/quarantine' : '/notifications'
  return `/case/${case_id}${typeof data.position === 'number' ? `?entry=${data.position}` : ''}`
}

export const NOTICE_ICONS: Record<string, string> = {
  mentioned: 'i-lucide-at-sign',
  assigned: 'i-lucide-user-round-check',
  customer_replied: 'i-lucide-message-square',
  watched: 'i-lucide-eye',
  escalated: 'i-lucide-siren',
  warning: 'i-lucide-alarm-clock',
  mail_failed: 'i-lucide-mail-x',
  mailbox_failed: 'i-lucide-server-crash',
  mail_limit: 'i-lucide-octagon-pause',
  quarantine_grew: 'i-lucide-mail-question-mark',
}
