// What a notice may name in double braces; the server fills it in and refuses what it does not know.
export const EVENTS = ['registered', 'taken', 'waiting', 'resolved', 'closed', 'reopened'] as const
export type NoticeEvent = (typeof EVENTS)[number]

export const PLACEHOLDERS = [
  'case.number',
  'case.subject',
  'case.status',
  'case.link',
  'contact.name',
  'desk.name',
  'answer.due',
] as const

/** Only sometimes known: written as a section that is left out otherwise. */
const OPTIONAL: readonly string[] = ['answer.due']

export const braced = (name: string) => `{{${name}}}`

export function insertion(name: string): string {
  return OPTIONAL.includes(name) ? `{{#${name}}} ${braced(name)} {{/${name}}}` : braced(name)
}

/** Text with something put in place of the selection, and where the cursor stands then. */
export function inserted(text: string, start: number, end: number, piece: string): { text: string; cursor: number } {
  return { text: text.slice(0, start) + piece + text.slice(end), cursor: start + piece.length }
}

/** Names in braces that no notice knows. */
export function unknownNames(text: string): string[] {
  const names = [...text.matchAll(/\{\{\s*[#/]?\s*([^{}]*?)\s*\}\}/g)].map((match) => match[1] ?? '')
  return [...new Set(names.filter((name) => !(PLACEHOLDERS as readonly string[]).includes(name)))]
}
