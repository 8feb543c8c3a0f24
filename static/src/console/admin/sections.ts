// The screens of the administration: where they are and which right opens them.
import type { Area } from '@/shared/types'

export interface Section {
  /** Name in the catalogue and in the address. */
  name: string
  path: string
  icon: string
  area: Area
  group: 'people' | 'mail' | 'work' | 'looks'
}

export const SECTIONS: readonly Section[] = [
  { name: 'users', path: '/admin/users', icon: 'i-lucide-users', area: 'users', group: 'people' },
  { name: 'teams', path: '/admin/teams', icon: 'i-lucide-users-round', area: 'teams', group: 'people' },
  { name: 'agents', path: '/admin/agents', icon: 'i-lucide-headset', area: 'queues', group: 'people' },
  { name: 'accounts', path: '/admin/accounts', icon: 'i-lucide-building-2', area: 'queues', group: 'people' },
  { name: 'queues', path: '/admin/queues', icon: 'i-lucide-inbox', area: 'queues', group: 'work' },
  { name: 'policies', path: '/admin/policies', icon: 'i-lucide-timer', area: 'service_levels', group: 'work' },
  {
    name: 'calendars',
    path: '/admin/calendars',
    icon: 'i-lucide-calendar-clock',
    area: 'service_levels',
    group: 'work',
  },
  {
    name: 'reevaluation',
    path: '/admin/reevaluation',
    icon: 'i-lucide-list-checks',
    area: 'service_levels',
    group: 'work',
  },
  {
    name: 'simulations',
    path: '/admin/simulations',
    icon: 'i-lucide-flask-conical',
    area: 'service_levels',
    group: 'work',
  },
  { name: 'webhooks', path: '/admin/webhooks', icon: 'i-lucide-webhook', area: 'service_levels', group: 'work' },
  { name: 'fields', path: '/admin/fields', icon: 'i-lucide-text-cursor-input', area: 'fields', group: 'work' },
  {
    name: 'replies',
    path: '/admin/replies',
    icon: 'i-lucide-message-square-quote',
    area: 'templates',
    group: 'work',
  },
  { name: 'macros', path: '/admin/macros', icon: 'i-lucide-zap', area: 'templates', group: 'work' },
  { name: 'mailboxes', path: '/admin/mailboxes', icon: 'i-lucide-mailbox', area: 'mailboxes', group: 'mail' },
  {
    name: 'quarantine',
    path: '/admin/quarantine',
    icon: 'i-lucide-mail-question-mark',
    area: 'quarantine',
    group: 'mail',
  },
  { name: 'inbound', path: '/admin/inbound', icon: 'i-lucide-mail-open', area: 'mailboxes', group: 'mail' },
  { name: 'outbound', path: '/admin/outbound', icon: 'i-lucide-send', area: 'mailboxes', group: 'mail' },
  { name: 'senders', path: '/admin/senders', icon: 'i-lucide-shield', area: 'mailboxes', group: 'mail' },
  { name: 'notices', path: '/admin/notices', icon: 'i-lucide-bell-ring', area: 'templates', group: 'mail' },
  { name: 'templates', path: '/admin/templates', icon: 'i-lucide-file-text', area: 'templates', group: 'mail' },
  { name: 'branding', path: '/admin/branding', icon: 'i-lucide-palette', area: 'branding', group: 'looks' },
]

export const GROUPS = ['people', 'work', 'mail', 'looks'] as const

/** What a person with these rights finds here. */
export const sectionsFor = (rights: readonly Area[]) => SECTIONS.filter((section) => rights.includes(section.area))
