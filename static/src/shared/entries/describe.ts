// Says in words what an event entry is about, and which icon stands for it.
import { language, named, translate } from '../i18n'
import { subjectOf } from '../subject'
import { fullTime } from '../time'
import type { Entry, Names, Status } from '../types'

type Values = Record<string, unknown>

const ICONS: Record<string, string> = {
  opened: 'i-lucide-circle-plus',
  status_changed: 'i-lucide-circle-dot',
  owner_changed: 'i-lucide-user-round',
  priority_changed: 'i-lucide-signal',
  queue_changed: 'i-lucide-inbox',
  subject_changed: 'i-lucide-pencil',
  tags_changed: 'i-lucide-tag',
  fields_changed: 'i-lucide-list',
  escalated: 'i-lucide-siren',
  warned: 'i-lucide-alarm-clock',
  promised_anew: 'i-lucide-timer-reset',
  mail_state: 'i-lucide-mail',
  mail_attached: 'i-lucide-mail',
  participant_added: 'i-lucide-user-round-plus',
  participant_removed: 'i-lucide-user-round-minus',
  moved_out: 'i-lucide-corner-up-right',
  merged: 'i-lucide-merge',
  merged_in: 'i-lucide-merge',
  unmerged: 'i-lucide-split',
  unmerged_out: 'i-lucide-split',
  linked: 'i-lucide-link',
  unlinked: 'i-lucide-unlink',
  spam_marked: 'i-lucide-shield-alert',
  snoozed: 'i-lucide-alarm-clock',
  woken: 'i-lucide-alarm-clock-off',
  sent_back: 'i-lucide-undo-2',
}

export function iconOf(kind: string): string {
  return ICONS[kind] ?? 'i-lucide-info'
}

export type StatusLookup = (key: string) => Status | undefined

function nameOf(value: unknown): string {
  if (value && typeof value === 'object' && 'name' in value) return String((value as { name: unknown }).name)
  return translate('shared.event.nobody')
}

/** A status of an entry: by its names where it brings them, by the desk's list, else by category. */
function statusName(value: unknown, statuses: StatusLookup): string {
  const status = (typeof value === 'string' ? { key: value } : (value ?? {})) as {
    key?: string
    category?: string
    names?: Names
  }
  const names = status.names ?? (status.key ? statuses(status.key)?.names : undefined)
  if (names) return named(names)
  return translate(`shared.category.${status.category ?? status.key ?? 'open'}`)
}

/** One sentence without the author. */
export function describe(entry: Entry, statuses: StatusLookup = () => undefined): string {
  const data = entry.data as Values
  const values: Values = { name: entry.author.name }
  let key = entry.kind
  switch (entry.kind) {
    case 'opened':
      if (data.queue) {
        key = 'opened_by_rule'
        values.to = nameOf(data.queue)
      }
      break
    case 'status_changed':
      values.to = statusName(data.to, statuses)
      values.from = statusName(data.from, statuses)
      break
    case 'owner_changed':
      values.to = nameOf(data.to)
      if (!data.to) key = 'owner_removed'
      else if (typeof data.how === 'string') key = `owner_${data.how}`
      break
    case 'priority_changed':
      values.to = translate(`shared.priority.${data.to}`)
      values.from = translate(`shared.priority.${data.from}`)
      break
    case 'queue_changed':
      values.to = nameOf(data.to)
      values.from = nameOf(data.from)
      break
    case 'subject_changed':
      values.to = data.to
      break
    case 'tags_changed': {
      const list = (value: unknown, sign: string) =>
        (Array.isArray(value) ? value : []).map((tag) => sign + String(tag))
      values.tags = [...list(data.added, '+'), ...list(data.removed, '−')].join(' ')
      break
    }
    case 'escalated':
    case 'warned': {
      const reason = typeof data.reason === 'string' ? data.reason : ''
      if (data.clock) values.clock = translate(`shared.clock.${data.clock}`)
      else if (entry.kind === 'escalated') key = reason ? 'escalated_because' : 'escalated_by_hand'
      values.reason = reason || entry.text
      break
    }
    case 'promised_anew':
      values.policy = data.policy
      values.version = data.version
      break
    case 'mail_state':
      key = `mail_${data.state ?? 'accepted'}`
      values.to = (Array.isArray(data.recipients) ? data.recipients : []).join(', ')
      break
    case 'moved_out': {
      const to = data.to as { number?: string } | undefined
      if (to?.number) values.to = to.number
      else key = 'moved_away'
      break
    }
    case 'merged':
      values.to = (data.to as { number?: string } | undefined)?.number
      break
    case 'merged_in':
    case 'unmerged_out':
    case 'linked':
    case 'unlinked':
      values.to = (data.case as { number?: string } | undefined)?.number
      values.subject = subjectOf(String(data.subject ?? ''))
      break
    case 'participant_added':
    case 'participant_removed':
      values.to = nameOf(data.contact)
      break
    case 'snoozed':
      values.until = fullTime(String(data.until), language.value)
      values.reason = data.reason
      if (data.reason) key = 'snoozed_because'
      break
    case 'woken':
      key = `woken_${data.because}`
      break
    case 'sent_back':
      values.reason = data.reason
      key = data.reason ? 'sent_back_because' : `sent_back_${data.because}`
      break
    case 'spam_marked': {
      if (data.spam === false) key = 'spam_unmarked'
      const reason = (data.reason ?? {}) as Values
      const listed = (data.listed ?? {}) as Values
      if (reason.by === 'filter') {
        key = 'spam_by_filter'
        values.said = String(reason.said ?? reason.filter ?? '')
      } else if (reason.by === 'block_list') {
        key = 'spam_by_list'
        values.pattern = String(reason.pattern ?? '')
      } else if (reason.by === 'automatic') {
        key = 'spam_automatic'
      }
      if (listed.pattern) {
        key = listed.kind === 'allow' ? 'spam_unmarked_listed' : 'spam_marked_listed'
        values.pattern = String(listed.pattern)
      }
      break
    }
  }
  const text = translate(`shared.event.${key}`, values)
  return text === `shared.event.${key}` ? entry.text || translate('shared.event.other') : text
}

/** The case that an event leads to, where it names one. */
export function caseNamedBy(entry: Entry): number | undefined {
  const { to, case: other } = entry.data as { to?: { id?: number }; case?: { id?: number } }
  if (entry.kind === 'moved_out' || entry.kind === 'merged') return to?.id
  return ['merged_in', 'unmerged_out', 'linked'].includes(entry.kind) ? other?.id : undefined
}

export type MailState = 'accepted' | 'deferred' | 'bounced' | 'failed' | 'delivered' | 'read'

export interface Delivery {
  state: MailState
  response: string
  recipients: string[]
}

const WORST: MailState[] = ['failed', 'bounced', 'deferred', 'accepted', 'delivered', 'read']

const listed = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

/**
 * What became of the mail of each message, by its position. Notices are no messages. Of several recipients the one who
 * fared worst counts, and a mail that came back is not delivered by a later report.
 */
export function deliveries(entries: readonly Entry[]): Map<number, Delivery> {
  const fates = new Map<number, Map<string, { state: MailState; response: string }>>()
  for (const entry of entries) {
    const data = entry.data as Values
    const { position, state } = data
    if (entry.kind !== 'mail_state' || typeof position !== 'number' || (data.mail ?? 'reply') !== 'reply') continue
    const fate = fates.get(position) ?? new Map()
    fates.set(position, fate)
    const tell = (recipient: string, told: MailState, response: string) => {
      const known = fate.get(recipient.toLowerCase())?.state
      if (known !== 'bounced' && known !== 'failed') fate.set(recipient.toLowerCase(), { state: told, response })
    }
    if (WORST.includes(state as MailState))
      for (const one of listed(data.recipients)) tell(one, state as MailState, String(data.response ?? ''))
    for (const one of (Array.isArray(data.refused) ? data.refused : []) as { recipient: string; text: string }[])
      tell(one.recipient, 'failed', one.text)
  }
  const found = new Map<number, Delivery>()
  for (const [position, fate] of fates) {
    const state = WORST.find((one) => [...fate.values()].some((each) => each.state === one))
    if (!state) continue
    const those = [...fate].filter(([, each]) => each.state === state)
    found.set(position, { state, response: those[0]?.[1].response ?? '', recipients: those.map(([name]) => name) })
  }
  return found
}

/** What robots sent about a message: by the position of that message, oldest first. */
export function attachedMails(entries: readonly Entry[]): Map<number, Entry[]> {
  const loaded = new Set(entries.map((entry) => entry.position))
  const found = new Map<number, Entry[]>()
  for (const entry of entries) {
    const about = aboutOf(entry)
    if (about !== null && loaded.has(about)) found.set(about, [...(found.get(about) ?? []), entry])
  }
  return found
}

const ATTACHED_STATES = ['bounced', 'failed', 'complaint', 'read', 'unread']

/** The position of the message that a robot's mail is about; null where there is none. */
function aboutOf(entry: Entry): number | null {
  const { about, position, state, mail } = entry.data as Values
  if (entry.kind === 'mail_attached' && typeof about === 'number') return about
  // A notice is told of at the entry that called for it, which says nothing about the mail.
  const robot = entry.kind === 'mail_state' && mail !== 'notice' && ATTACHED_STATES.includes(String(state))
  return robot && typeof position === 'number' ? position : null
}

/** Is shown as a line of its own; a delivery that went well is shown at its message, a merge taken back is one line. */
export function hasOwnLine(entry: Entry): boolean {
  if (entry.kind === 'moved_out') return entry.data.unmerged !== true
  return (
    entry.kind !== 'mail_state' ||
    ['bounced', 'failed', 'held_back', 'complaint', 'released', 'cancelled'].includes(String(entry.data.state))
  )
}

/** Is what somebody wrote or sent, be it without a word: what opened a case too, unless staff or a rule opened it empty. */
export function isMessage(entry: Entry): boolean {
  if (['message', 'note', 'mail_attached'].includes(entry.kind)) return true
  const sent = entry.author.kind === 'contact' || entry.text !== '' || entry.files.length > 0
  return entry.kind === 'opened' && sent
}
