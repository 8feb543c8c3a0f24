// Which messages have no words that a page could show.
import type { Entry } from '../types'

/** Only the key of the recipient opens it. */
export function isSealed(entry: Entry): boolean {
  const marks = entry.data.security
  return Array.isArray(marks) && marks.some((mark) => String(mark).endsWith('_encrypted'))
}

/** Nobody wrote or attached anything. */
export function isWordless(entry: Entry): boolean {
  const invited = Array.isArray(entry.data.invitations) && entry.data.invitations.length > 0
  return !entry.text && !entry.html && !invited && entry.files.every((file) => file.inline)
}
