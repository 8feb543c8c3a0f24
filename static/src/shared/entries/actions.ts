// What a surface lets its reader do with an entry; only the console provides it.
import type { InjectionKey } from 'vue'
import type { Entry } from '../types'

export interface EntryActions {
  /** Give the message a case of its own. */
  split: (entry: Entry) => void
  /** Ask for the case that it is to go to. */
  move: (entry: Entry) => void
  /** The mail as it came, for download. */
  source: (entry: Entry) => string
}

export const ENTRY_ACTIONS: InjectionKey<EntryActions> = Symbol('entry actions')

/** Where the pictures of a case's messages are handed out: /api/cases/42. */
export const CASE_PATH: InjectionKey<string> = Symbol('case path')

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
