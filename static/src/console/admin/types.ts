// What the administration's part of the API speaks of.
import type { Area, Language, Names, Priority, Role } from '@/shared/types'
import type { Condition } from '../conditions/terms'
import type { CalendarDefinition } from './calendars/week'
import type { PolicyDefinition } from './policies/terms'

export interface Team {
  id: number
  name: string
  members: number[]
}

export type Purpose = 'work' | 'escalation' | 'spam'

export interface Queue {
  id: number
  name: string
  team_id: number | null
  escalation_queue_id: number | null
  purpose: Purpose
  sort: number
  archived: boolean
  rule: Condition | null
  priority_minutes: number | null
  due_weight: number
  waiting_weight: number
  class_minutes: number
  history_minutes: number
  languages: string[] | null
  skills: string[] | null
  calendar_id: number | null
  assigning: Assigning
  capacity: number
  silent_minutes: number | null
}

export type Assigning = 'manual' | 'round_robin' | 'least_loaded'

export interface User {
  id: number
  email: string
  name: string
  role: Role
  language: Language
  active: boolean
  invited: boolean
  teams: number[]
  granted: Area[]
  contact_id: number | null
  last_seen_at: string | null
}

export type Security = 'tls' | 'starttls' | 'none'
export type AfterHandling = 'leave' | 'flag' | 'move' | 'delete'
export type IntakeState = 'stopped' | 'standby' | 'connecting' | 'working' | 'idle' | 'polling' | 'failed'

export type OauthProvider = '' | 'google' | 'microsoft' | 'other'

export interface Consent {
  url: string
  redirect_uri: string
}

export interface Mailbox {
  id: number
  name: string
  address: string
  sender_name: string
  queue_id: number
  language: Language
  signature: string
  imap_host: string
  imap_port: number
  imap_security: Security
  imap_user: string
  has_imap_password: boolean
  imap_folder: string
  after_handling: AfterHandling
  move_to: string
  smtp_host: string
  smtp_port: number
  smtp_security: Security
  smtp_user: string
  has_smtp_password: boolean
  account_id: number | null
  oauth_provider: OauthProvider
  oauth_tenant: string
  oauth_client_id: string
  has_oauth_client_secret: boolean
  oauth_authorise_url: string
  oauth_token_url: string
  oauth_scopes: string
  oauth_problem: string
  has_oauth_refresh_token: boolean
  send_connections: number
  send_per_minute: number
  spam_filters: string[]
  spam_server: string
  active: boolean
  intake_state: IntakeState
  intake_problem: string
  sending_paused_until: string | null
  sending_problem: string
  server_count: number | null
  checked_at: string | null
}

export interface MailboxStatus extends Partial<Mailbox> {
  ledger_count?: number
  quarantined?: number
  waiting?: number
  failed?: number
}

export interface Check {
  ok: boolean
  code: string
  message: string
}

export interface CheckResult {
  imap: Check | null
  smtp: Check | null
}

export interface Calendar {
  id: number
  name: string
  version: number
  definition: CalendarDefinition
  country: string
  subdivision: string
  holiday_language: string
  feeds: CalendarFeed[]
}

export interface CalendarFeed {
  id: number
  name: string
  url: string
  problem: string
  read_at: string | null
}

export interface Policy {
  id: number
  name: string
  calendar_id: number
  definition: PolicyDefinition
  sort: number
  active: boolean
  version: number
}

export type FieldKind = 'text' | 'number' | 'date' | 'choice' | 'switch'

export interface FieldDefinition {
  id: number
  key: string
  names: Names
  kind: FieldKind
  choices: string[]
  required: boolean
  customer_visible: boolean
  sort: number
}

export interface Template {
  event: string
  language: Language
  subject: string
  body: string
  enabled: boolean
  custom: boolean
}

export interface Branding {
  name: string
  colour: string
  languages: Language[]
  registration_open: boolean
  signature: string
  logo_url?: string | null
}

export interface Inbound {
  id: number
  mailbox_id: number
  from_address: string
  subject: string
  outcome: string
  reason: string
  detail: string
  case_id: number | null
  position: number | null
  attempts: number
  received_at: string
  handled_at: string | null
}

export interface InboundDetail extends Inbound {
  raw?: string
  truncated?: boolean
}

export interface InboundPreview {
  readable: boolean
  reason: string
  sender: string
  to: string[]
  subject: string
  text: string
  files: string[]
}

export interface Outbound {
  id: number
  mailbox_id: number | null
  case_id: number | null
  position: number | null
  kind: string
  notice: string
  recipients: string[]
  subject: string
  state: string
  held_by: 'address' | 'case' | 'installation' | null
  attempts: number
  last_response: string
  created_at: string
  due_at: string | null
  accepted_at: string | null
}

export interface Limit {
  kind: 'address' | 'case' | 'installation'
  key: string
  case_number: string | null
  held: number
  tripped_at: string | null
}

export interface Limits {
  per_address: number
  per_case: number
  per_installation: number
  limits: Limit[]
}

export interface SenderRule {
  id: number
  pattern: string
  kind: 'block' | 'allow'
  case_id: number | null
  by_name: string
  created_at: string
}

export interface NoticeSwitch {
  event: string
  queue_id: number | null
}

/** 0 usual, 1 important, 2 key customer. */
export type ServiceClass = 0 | 1 | 2

export interface Account {
  id: number
  name: string
  domains: string[]
  language: Language | null
  service_class: ServiceClass
}

export type { Priority }
