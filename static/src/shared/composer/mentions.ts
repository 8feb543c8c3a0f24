// Naming colleagues in a text with @: what is being named at the caret, who fits, and who is named in the end; pure.
import type { Person } from '../types'

export interface Naming {
  /** Where its @ stands. */
  from: number
  /** What was typed after the @. */
  words: string
}

const SHOWN = 6 // people; more is no choice but a list to read
const LONGEST = 40 // characters after an @ until it is a text and no name any more

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase()

/** The name that is being typed just before the caret, if it is one. */
export function namingAt(text: string, caret: number): Naming | null {
  const from = text.lastIndexOf('@', caret - 1)
  if (from < 0 || caret - from - 1 > LONGEST) return null
  // An address has something before its @; a name stands alone.
  if (from > 0 && !/[\s(,;:"'«“]/.test(text[from - 1] ?? '')) return null
  const words = text.slice(from + 1, caret)
  return /^\s|[\n@]|\s{2}/.test(words) ? null : { from, words }
}

/** Who fits, best first: by the beginning of the name, then of any of its words. */
export function fitting<P extends Person>(people: readonly P[], words: string): P[] {
  const wanted = plain(words)
  const rank = (person: P) => {
    const name = plain(person.name)
    if (name.startsWith(wanted)) return 0
    return name.split(/[\s-]+/).some((part) => part.startsWith(wanted)) ? 1 : 2
  }
  return people
    .map((person) => ({ person, rank: rank(person) }))
    .filter((one) => one.rank < 2)
    .sort((a, b) => a.rank - b.rank || a.person.name.localeCompare(b.person.name))
    .slice(0, SHOWN)
    .map((one) => one.person)
}

/** The text with the name put in, and where the caret stands then. */
export function named(text: string, naming: Naming, caret: number, person: Person): { text: string; caret: number } {
  const before = `${text.slice(0, naming.from)}@${person.name} `
  return { text: before + text.slice(caret).replace(/^ /, ''), caret: before.length }
}

/** Ids of everybody whom the text names; a longer name hides a shorter one that begins it. */
export function mentionedIn(text: string, people: readonly Person[]): number[] {
  let rest = text
  const found: number[] = []
  for (const person of [...people].sort((a, b) => b.name.length - a.name.length)) {
    const pieces = rest.split(`@${person.name}`)
    const whole = pieces.slice(1).some((after) => !/^[\p{L}\p{N}]/u.test(after))
    if (!person.name || !whole) continue
    found.push(person.id)
    rest = pieces.join('')
  }
  return found.sort((a, b) => a - b)
}
