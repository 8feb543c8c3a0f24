// Calling up canned replies in a text with /: what is being asked for at the caret, and who fits; pure.

import type { FileInfo } from '../types'

export interface CannedReply {
  id: number
  name: string
  shortcut: string
  shared: boolean
  language: string
  /** Filled in for the case at hand. */
  text: string
  /** Attached in copies when it is used. */
  files: readonly FileInfo[]
}

export interface Asking {
  /** Where its / stands. */
  from: number
  /** What was typed after the /. */
  words: string
}

const SHOWN = 8 // replies; who looks for more types another letter
const LONGEST = 40 // characters after a / until it is a text and no question any more

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase()

/** The canned reply that is being asked for just before the caret, if one is. */
export function askingAt(text: string, caret: number): Asking | null {
  const from = text.lastIndexOf('/', caret - 1)
  if (from < 0 || caret - from - 1 > LONGEST) return null
  // A date, a fraction and an address have something before their /; a question stands alone.
  if (from > 0 && !/\s/.test(text[from - 1] ?? '')) return null
  const words = text.slice(from + 1, caret)
  return /^\s|[\n/]|\s{2}/.test(words) ? null : { from, words }
}

/** Which replies fit, best first: by shortcut, by the beginning of the name, by what they say. */
export function fittingReplies(replies: readonly CannedReply[], words: string): CannedReply[] {
  const wanted = plain(words)
  const rank = (reply: CannedReply) => {
    if (wanted && reply.shortcut === wanted) return 0
    if (reply.shortcut.startsWith(wanted) && reply.shortcut) return 1
    if (plain(reply.name).startsWith(wanted)) return 2
    return wanted.split(/\s+/).every((word) => plain(`${reply.name} ${reply.text}`).includes(word)) ? 3 : 4
  }
  return replies
    .map((reply) => ({ reply, rank: rank(reply) }))
    .filter((one) => one.rank < 4)
    .sort((a, b) => (wanted ? a.rank - b.rank : 0) || a.reply.name.localeCompare(b.reply.name))
    .slice(0, SHOWN)
    .map((one) => one.reply)
}

/** The text with the reply put in place of the question, and where the caret stands then. */
export function withReply(text: string, asking: Asking, caret: number, reply: string): { text: string; caret: number } {
  const before = text.slice(0, asking.from) + reply
  return { text: before + text.slice(caret), caret: before.length }
}
