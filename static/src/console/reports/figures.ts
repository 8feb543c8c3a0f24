// What the numbers of a report are called, how they read, and which period they are of.
import { spanTo } from '@/shared/time'
import type { Cell, Figures } from './types'

export interface Column {
  name: string
  /** What lies behind the number, where it counts cases. */
  cell?: Cell
  value: (line: Figures) => number | null
  as: 'count' | 'share' | 'span'
  /** Whether more is better; without it more is just more. */
  better?: 'more' | 'less'
}

export const share = (part: number, whole: number): number | null => (whole ? part / whole : null)

export const COLUMNS: readonly Column[] = [
  { name: 'opened', cell: 'opened', value: (line) => line.opened, as: 'count' },
  { name: 'resolved', cell: 'resolved', value: (line) => line.resolved, as: 'count', better: 'more' },
  { name: 'backlog', cell: 'backlog', value: (line) => line.backlog, as: 'count', better: 'less' },
  { name: 'kept', cell: 'kept', value: (line) => line.kept, as: 'count' },
  { name: 'broken', cell: 'broken', value: (line) => line.broken, as: 'count', better: 'less' },
  { name: 'share_kept', value: (line) => share(line.kept, line.kept + line.broken), as: 'share', better: 'more' },
  { name: 'answer_median', cell: 'answered', value: (line) => line.answer_median, as: 'span', better: 'less' },
  { name: 'answer_p90', cell: 'answered', value: (line) => line.answer_p90, as: 'span', better: 'less' },
  { name: 'resolution_median', cell: 'resolved', value: (line) => line.resolution_median, as: 'span', better: 'less' },
  { name: 'resolution_p90', cell: 'resolved', value: (line) => line.resolution_p90, as: 'span', better: 'less' },
  { name: 'reopened', cell: 'reopened', value: (line) => line.reopened, as: 'count' },
  { name: 'reopen_rate', value: (line) => share(line.reopened, line.resolved), as: 'share', better: 'less' },
]

export function shown(value: number | null, as: Column['as'], language: string): string {
  if (value === null) return '–'
  if (as === 'span')
    return value < 60 ? spanTo(60_000, 0, language).text : spanTo(Math.round(value / 60) * 60_000, 0, language).text
  return new Intl.NumberFormat(language, as === 'share' ? { style: 'percent', maximumFractionDigits: 1 } : {}).format(
    value,
  )
}

const dayOf = (at: Date) =>
  `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`

/** The last `days` days, today among them, as the reader's calendar has them. */
export function lastDays(days: number, now: number): { first: string; last: string } {
  const last = new Date(now)
  return { first: dayOf(new Date(last.getFullYear(), last.getMonth(), last.getDate() - days + 1)), last: dayOf(last) }
}

/** Days of a report as people read them; the year only where it is another. */
export function dayLabel(day: string, now: number, language: string): string {
  const at = new Date(`${day}T12:00:00`)
  const year = at.getFullYear() === new Date(now).getFullYear() ? {} : ({ year: 'numeric' } as const)
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    day: 'numeric',
    month: 'short',
    ...year,
  }).format(at)
}
