// Reports as the desk sends them.
export type By = 'queue' | 'owner' | 'account' | 'week' | 'day'
export type Cell = 'opened' | 'resolved' | 'reopened' | 'answered' | 'kept' | 'broken' | 'backlog'

export interface Figures {
  key: string
  label: string
  opened: number
  resolved: number
  reopened: number
  backlog: number
  kept: number
  broken: number
  answered: number
  /** Seconds. */
  answer_median: number | null
  answer_p90: number | null
  resolution_median: number | null
  resolution_p90: number | null
}

export interface Report {
  first: string
  last: string
  by: By
  rows: Figures[]
  total: Figures
  before: Figures
  curve: Figures[]
}

export interface WallQueue {
  id: number
  name: string
  purpose: string
  active: number
  waiting: number
  oldest: string | null
  soon: number
  overdue: number
  unowned: number
}

export interface Wallboard {
  at: string
  queues: WallQueue[]
  people: { id: number; name: string; seen_at: string; open: number }[]
  opened_today: number
  resolved_today: number
  kept_today: number
  broken_today: number
}
