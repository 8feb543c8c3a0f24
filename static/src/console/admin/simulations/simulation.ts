// What a simulation is and what it found, as the server tells it.
export interface Count {
  promises: number
  moved: number
  broken_before: number
  broken_after: number
}

export interface Example {
  case_id: number
  number: number
  subject: string
  kind: string
  due_before: string | null
  due_after: string | null
  broken_before: boolean
  broken_after: boolean
}

export interface Result extends Count {
  cases: number
  left_out: number
  queues: (Count & { id: number; name: string })[]
  accounts: (Count & { id: number; name: string })[]
  weeks: (Count & { week: string })[]
  examples: Example[]
}

export interface Simulation {
  id: number
  name: string
  policy_id: number | null
  calendar_id: number | null
  days: number
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
  done: number
  total: number
  problem: string
  created_at: string
  finished_at: string | null
  by: string
  result: Result | null
}

export const isUnderWay = (one: Simulation) => one.state === 'waiting' || one.state === 'running'

export interface Bars {
  week: string
  /** Heights in percent of the highest bar of all weeks. */
  before: number
  after: number
  brokenBefore: number
  brokenAfter: number
}

/** The two bars of each week, and how many broken promises they stand for. */
export function barsOf(weeks: readonly (Count & { week: string })[]): Bars[] {
  const highest = Math.max(1, ...weeks.flatMap((one) => [one.broken_before, one.broken_after]))
  return weeks.map((one) => ({
    week: one.week,
    before: (one.broken_before / highest) * 100,
    after: (one.broken_after / highest) * 100,
    brokenBefore: one.broken_before,
    brokenAfter: one.broken_after,
  }))
}
