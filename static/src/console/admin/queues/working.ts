// How work is done in a queue, as a form begins with it.
import type { Queue } from '../types'

export type Working = Pick<
  Queue,
  | 'rule'
  | 'priority_minutes'
  | 'due_weight'
  | 'waiting_weight'
  | 'class_minutes'
  | 'history_minutes'
  | 'languages'
  | 'skills'
  | 'calendar_id'
  | 'assigning'
  | 'capacity'
  | 'silent_minutes'
>

export const usualWorking = (): Working => ({
  rule: null,
  priority_minutes: null,
  due_weight: 1,
  waiting_weight: 0,
  class_minutes: 0,
  history_minutes: 0,
  languages: null,
  skills: null,
  calendar_id: null,
  assigning: 'manual',
  capacity: 0,
  silent_minutes: null,
})

/** Words of a line with commas; null where there is none. */
export function wordsOf(line: string): string[] | null {
  const words = line
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean)
  return words.length ? [...new Set(words)] : null
}
