// What a surface lets its reader do with an entry; only the console provides it.
import type { InjectionKey } from 'vue'
import type { Entry } from '../types'

export interface EntryActions {
  /** Give the message a case of its own. */
  split: (entry: Entry) => void
  /** Ask for the case that it is to go to. */
  move: (entry: Entry) => void
  /** Take back the merge that the entry tells of; undefined where it is taken back already. */
  unmerge: (entry: Entry) => (() => void) | undefined
  /** The mail as it came, for download. */
  source: (entry: Entry) => string
}

export const ENTRY_ACTIONS: InjectionKey<EntryActions> = Symbol('entry actions')

/** Where the pictures of a case's messages are handed out: /api/cases/42. */
export const CASE_PATH: InjectionKey<string> = Symbol('case path')

/** Whether the entry tells of a merge of a version that kept too little of the cases to take it back as a whole. */
export const isOldMerge = (entry: Entry): boolean =>
  (entry.kind === 'merged' && !('before' in entry.data)) || (entry.kind === 'merged_in' && !('since' in entry.data))

/** Whether the entry tells of a merge that still holds and can be taken back, from either of its two cases. */
export function mergeHolds(entry: Entry, entries: readonly Entry[]): boolean {
  if (entry.kind !== 'merged' && entry.kind !== 'merged_in') return false
  if (isOldMerge(entry)) return false
  return !entries.some(
    ({ kind, amends }) => (kind === 'unmerged' || kind === 'unmerged_out') && amends === entry.position,
  )
}

/** Messages that were taken to another case: their position, and where they are (null: that is not the reader's business). */
export function movedOut(entries: readonly Entry[]): Map<number, { id: number; number: string } | null> {
  const found = new Map<number, { id: number; number: string } | null>()
  for (const entry of entries) {
    if (entry.kind !== 'moved_out') continue
    const to = entry.data.to as { id: number; number: string } | undefined
    const position = to ? entry.amends : entry.data.public_position
    if (typeof position === 'number') found.set(position, to ?? null)
  }
  return found
}
