// Plain text as pieces: paragraphs with links and named colleagues, and quotes of earlier mail that are folded away.
export interface Piece {
  text: string
  href?: string
  /** Id of the colleague who is named. */
  named?: number
}

/** A colleague whom the author of a note named; the name is the one of that moment. */
export interface Named {
  id: number
  name: string
}

export interface Block {
  quoted: boolean
  text: string
}

const LINK = /https?:\/\/[^\s<>"'`]+|\bmailto:[^\s<>"'`]+|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/gi

/** Cuts a text at its web and mail addresses. */
export function linked(text: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(LINK)) {
    // A full stop or bracket after an address belongs to the sentence.
    let found = match[0].replace(/[.,;:!?]+$/, '')
    if (found.endsWith(')') && !found.includes('(')) found = found.slice(0, -1)
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) })
    pieces.push({ text: found, href: /^(https?:|mailto:)/i.test(found) ? found : `mailto:${found}` })
    end = match.index + found.length
  }
  if (end < text.length) pieces.push({ text: text.slice(end) })
  return pieces
}

/** Cuts a text at its addresses and at the @names of these people; a longer name hides a shorter one that begins it. */
export function pieces(text: string, people: readonly Named[]): Piece[] {
  const ids = new Map(people.filter((one) => one.name).map((one) => [one.name, one.id]))
  if (!ids.size) return linked(text)
  const names = [...ids.keys()]
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  // As where names are typed: an address has something before its @, and a name ends where its word does.
  const named = new RegExp(`(?<![\\p{L}\\p{N}._%+-])@(${names.join('|')})(?![\\p{L}\\p{N}])`, 'gu')
  const found: Piece[] = []
  let end = 0
  for (const match of text.matchAll(named)) {
    found.push(...linked(text.slice(end, match.index)), { text: match[0], named: ids.get(match[1] ?? '') })
    end = match.index + match[0].length
  }
  return [...found, ...linked(text.slice(end))]
}

/** Runs of lines that begin with ">", and the line that announces them, become quoted blocks. */
export function blocks(text: string): Block[] {
  const lines = text.replace(/\s+$/, '').split('\n')
  const quoted = lines.map((line) => /^\s*>/.test(line))
  for (let index = 0; index < lines.length; index++) {
    if (!quoted[index] || quoted[index - 1]) continue
    let before = index - 1
    while (before >= 0 && lines[before]?.trim() === '') before--
    // "On Monday Aino Virtanen wrote:" in whatever language ends in a colon.
    if (before >= 0 && /:\s*$/.test(lines[before] ?? '')) for (let at = before; at < index; at++) quoted[at] = true
  }
  const found: Block[] = []
  lines.forEach((line, index) => {
    const last = found.at(-1)
    const inQuote = quoted[index] ?? false
    if (last && (last.quoted === inQuote || (last.quoted && line.trim() === '' && quoted[index + 1])))
      last.text += `\n${line}`
    else found.push({ quoted: inQuote, text: line })
  })
  return found.map((block) => ({ ...block, text: block.text.replace(/^\n+|\s+$/g, '') })).filter((block) => block.text)
}
