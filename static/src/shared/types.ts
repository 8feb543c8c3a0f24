// The shapes of the HTTP API as the screens use them.
export type Language = 'en' | 'ru' | 'fi'
export type Names = Partial<Record<string, string>>
export type Role = 'administrator' | 'team_lead' | 'agent' | 'company_administrator' | 'customer'
export type Area =
  | 'mailboxes'
  | 'users'
  | 'branding'
  | 'queues'
  | 'teams'
  | 'service_levels'
  | 'templates'
  | 'fields'
  | 'reports'
  | 'quarantine'
export type Priority = 'low' | 'normal' | 'high' | 'urgent'
export type Category = 'new' | 'open' | 'waiting' | 'on_hold' | 'resolved' | 'closed'
export type Audience = 'public' | 'internal'

export interface Me {
  user: {
    id: number
    email: string
    name: string
    role: Role
    language: Language
    contact_id: number | null
    account_id: number | null
  }
  csrf_token: string
  staff: boolean
  rights: Area[]
  preferences: Record<string, unknown>
  teams: number[]
}

export interface DeskInfo {
  name: string
  colour: string
  logo_url: string | null
  languages: Language[]
  default_language: Language
  registration_open: boolean
  upload_limit: number
  version: string
  demo: boolean
}

export interface Status {
  key: string
  category: Category
  names: Names
}

export interface Person {
  id: number
  name: string
}

export interface Colleague extends Person {
  role: Role
  teams: number[]
}

export interface CaseRow {
  id: number
  number: string
  number_int: number
  subject: string
  status: Status
  priority: Priority
  queue_id: number
  owner: Person | null
  contact: Person
  account: Person | null
  channel: string
  tags: string[]
  preview: string
  opened_at: string
  updated_at: string
  waiting_since: string | null
  next_due_at: string | null
  escalated_at: string | null
  snoozed_until: string | null
  /** Its place in the order of work, the smallest first. */
  rank: number
  head: number
  version: number
  read_position?: number | null
}

export interface Clock {
  /** first_response, next_response or resolution. */
  kind: string
  /** running, paused, met, breached … */
  phase: string
  due_at: string | null
  policy: string
}

export interface ContactAddress {
  address: string
  primary: boolean
  dead: boolean
  dead_since?: string | null
  /** What the server said. */
  dead_reason?: string
}

export interface ContactCard extends Person {
  addresses: ContactAddress[]
  phone: string
  language: string | null
}

export interface CaseContact extends ContactCard {
  /** False where the desk's own notices are off for this contact. */
  notices: boolean
  /** Notices about this case that a limit holds back. */
  held: number
}

export interface Contact extends ContactCard {
  account: Person | null
}

export interface CaseDetail extends CaseRow {
  custom: Record<string, unknown>
  language: string
  mailbox_id: number | null
  first_replied_at: string | null
  resolved_at: string | null
  closed_at: string | null
  contact_card: CaseContact
  participants: Person[]
  other_cases: CaseRow[]
  clocks: Clock[]
  statuses_allowed: string[]
  merged_into: Person | null
  links: CaseRow[]
}

export interface FileInfo {
  id: number
  name: string
  content_type: string
  size: number
  url: string
  inline?: boolean
  content_id?: string | null
}

export interface Author {
  kind: 'staff' | 'contact' | 'system'
  id: number | null
  name: string
}

export interface Entry {
  position: number
  kind: string
  audience?: Audience
  author: Author
  at: string
  text: string
  html: string | null
  data: Record<string, unknown>
  amends?: number | null
  client_id: string | null
  files: FileInfo[]
}

export interface EntryPage {
  items: Entry[]
  head: number
}

export interface QueueCounters {
  new: number
  open: number
  waiting: number
  on_hold: number
  unowned: number
  /** 1000 means: that many, or more. */
  overdue: number
  snoozed: number
}

export interface QueueSummary {
  id: number
  name: string
  purpose: 'work' | 'escalation' | 'spam'
  team_id: number | null
  sort: number
  counters: QueueCounters
}

export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

export interface PortalCaseRow {
  id: number
  number: string
  subject: string
  status: { category: Category; names: Names }
  priority?: Priority
  contact: { name: string }
  opened_at: string
  updated_at: string
  preview: string
  head: number
  version: number
  read_position: number | null
  due: { answer_by: string | null; paused: boolean } | null
}

export interface Notification {
  position: number
  kind: string
  case_id: number | null
  data: Record<string, unknown>
  at: string
  read: boolean
  /** How the person wants to be told of its kind. */
  channels?: NoticeChannel[]
}

export type NoticeChannel = 'list' | 'sound' | 'browser' | 'push'
