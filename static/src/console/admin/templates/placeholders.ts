// What a notice may name in double braces; the server fills it in and refuses what it does not know.
export const EVENTS = ['registered', 'taken', 'waiting', 'resolved', 'closed', 'reopened'] as const
export type NoticeEvent = (typeof EVENTS)[number]

export const PLACEHOLDERS = [
  'mail.subject',
  'case.number',
  'case.subject',
  'case.status',
  'case.category',
  'case.priority',
  'case.queue',
  'case.channel',
  'case.link',
  'contact.name',
  'account.name',
  'agent.name',
  'desk.name',
  'answer.due',
  'signature',
] as const

/** What canned replies and macros may name: the same, and who writes. */
export const OF_REPLIES = [...PLACEHOLDERS.filter((name) => name !== 'mail.subject' && name !== 'signature'), 'me.name']

/** An example, as it is written. */
export const CONDITION = `{% if case.priority == "urgent" and not agent.name %}
…
{% elif case.queue in "Support, Repairs" %}
…
{% else %}
…
{% endif %}`

/** Only sometimes known: written as a section that is left out otherwise. */
const OPTIONAL: readonly string[] = ['answer.due', 'account.name', 'agent.name']

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
