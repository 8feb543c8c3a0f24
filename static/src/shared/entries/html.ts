// Makes an entry's HTML safe a second time (the server did it first) and writes the document of its frame.
import createPurifier from 'dompurify'
import type { FileInfo } from '../types'

const ALLOWED_TAGS = [
  'a',
  'abbr',
  'b',
  'blockquote',
  'br',
  'caption',
  'cite',
  'code',
  'dd',
  'del',
  'div',
  'dl',
  'dt',
  'em',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'hr',
  'i',
  'img',
  'ins',
  'kbd',
  'li',
  'ol',
  'p',
  'pre',
  'q',
  's',
  'small',
  'span',
  'strong',
  'sub',
  'sup',
  'table',
  'tbody',
  'td',
  'tfoot',
  'th',
  'thead',
  'tr',
  'u',
  'ul',
  'font',
  'center',
  'section',
  'details',
  'summary',
] // prettier-ignore
const ALLOWED_ATTRIBUTES = [
  'href',
  'src',
  'alt',
  'title',
  'colspan',
  'rowspan',
  'dir',
  'lang',
  'width',
  'height',
  'start',
  'style',
  'class',
  'id',
  'align',
  'valign',
  'bgcolor',
  'color',
  'border',
  'cellpadding',
  'cellspacing',
  'data-remote-src',
]

/** What the frame may load: our own files and what the mail brought itself; nothing runs, nothing is sent. */
const POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
const QUOTES =
  'blockquote, .gmail_quote, .yahoo_quoted, .moz-cite-prefix, .protonmail_quote, #divRplyFwdMsg, #appendonsend, #reply-intro'
const SIGNATURES =
  '.gmail_signature, .moz-signature, .protonmail_signature_block, .ms-outlook-mobile-signature, #Signature'
/** From here on everything is the old mail (Outlook writes it beside its head, not inside). */
const HEADS = '#divRplyFwdMsg, #appendonsend, .moz-cite-prefix, #reply-intro'

export interface FrameWords {
  quote: string
  signature: string
  picture: string
}

export interface Frame {
  /** The whole document, for `srcdoc`. */
  source: string
  /** Pictures on somebody's server, in the order of the mail: the number is the name by which the desk fetches them. */
  remote: number
  /** It brings colours of its own, which are meant for white paper. */
  coloured: boolean
}

/** `pictures`: the address below which the desk hands out the remote pictures, once somebody asked for them. */
export function frameOf(html: string, files: readonly FileInfo[], words: FrameWords, pictures: string | null): Frame {
  const purifier = createPurifier(window)
  const body = purifier.sanitize(html, {
    ALLOWED_TAGS,
    ALLOWED_ATTR: ALLOWED_ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    // Everything else must look like an address that is allowed, sizes and alignments included.
    ADD_URI_SAFE_ATTR: ALLOWED_ATTRIBUTES.filter((name) => name !== 'href' && name !== 'src'),
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|cid:|data:image\/(?:png|jpeg|gif|webp);)/i,
    RETURN_DOM: true,
  }) as HTMLElement
  for (const link of body.querySelectorAll('a')) {
    link.target = '_blank'
    link.rel = 'noopener noreferrer nofollow'
  }
  const remote = placePictures(body, files, words, pictures)
  fold(body, words)
  const coloured = /\b(?:background|bgcolor|color)\b\s*[:=]/i.test(body.innerHTML)
  return { source: documentOf(body.innerHTML, coloured), remote, coloured }
}

function placePictures(
  body: HTMLElement,
  files: readonly FileInfo[],
  words: FrameWords,
  pictures: string | null,
): number {
  let remote = 0
  let seen = 0
  for (const picture of body.querySelectorAll('img')) {
    const source = picture.getAttribute('src') ?? ''
    const contentId = /^cid:(.+)$/i.exec(source)?.[1]
    const file = contentId && files.find((one) => one.content_id?.replace(/^<|>$/g, '') === decoded(contentId))
    if (file) {
      picture.src = file.url
      continue
    }
    if (/^data:image\//.test(source)) continue
    // One dot of a picture says nothing to a reader, and that it was read to its sender.
    const tiny = [picture.getAttribute('width'), picture.getAttribute('height')].some((size) =>
      /^[0-3]$/.test(size ?? ''),
    )
    const held = picture.hasAttribute('data-remote-src')
    const number = held ? seen++ : -1
    if (held && !tiny) remote++
    if (held && !tiny && pictures !== null) {
      picture.removeAttribute('data-remote-src')
      picture.src = `${pictures}/${number}`
      continue
    }
    const name = body.ownerDocument.createElement('span')
    name.textContent = tiny ? '' : `[${picture.alt || words.picture}]`
    picture.replaceWith(name)
  }
  return remote
}

function decoded(contentId: string): string {
  try {
    return decodeURIComponent(contentId)
  } catch {
    return contentId
  }
}

function fold(body: HTMLElement, words: FrameWords): void {
  for (const head of body.querySelectorAll(HEADS)) {
    if (head.closest('details')) continue
    const rest = [head, ...following(head)]
    if (rest.length > 1 || head.textContent?.trim()) wrap(rest, words.quote)
  }
  for (const quote of body.querySelectorAll(QUOTES)) if (!quote.closest('details')) wrap([quote], words.quote)
  for (const signature of body.querySelectorAll(SIGNATURES)) {
    if (!signature.closest('details') && signature.textContent?.trim()) wrap([signature], words.signature)
  }
}

function following(element: Element): ChildNode[] {
  const found: ChildNode[] = []
  for (let next = element.nextSibling; next; next = next.nextSibling) found.push(next)
  return found
}

function wrap(nodes: readonly ChildNode[], title: string): void {
  const first = nodes[0]
  const owner = first?.ownerDocument
  if (!first || !owner) return
  const details = owner.createElement('details')
  const summary = owner.createElement('summary')
  summary.textContent = title
  first.replaceWith(details)
  details.append(summary, ...nodes)
}

function documentOf(body: string, coloured: boolean): string {
  const theme = getComputedStyle(document.documentElement)
  const value = (name: string, otherwise: string) => theme.getPropertyValue(name).trim() || otherwise
  const dark = document.documentElement.classList.contains('dark') && !coloured
  const text = coloured ? '#1a1a1a' : value('--ui-text', '#1a1a1a')
  const muted = coloured ? '#666' : value('--ui-text-muted', '#666')
  const link = coloured ? '#0b57d0' : value('--ui-primary', '#0b57d0')
  const line = coloured ? '#ccc' : value('--ui-border-accented', '#ccc')
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="referrer" content="no-referrer"><style>
:root{color-scheme:${dark ? 'dark' : 'light'}}
html{overflow:hidden}body{margin:0;padding:1px 0;overflow-x:auto;overflow-y:hidden;overflow-wrap:anywhere;color:${text};font:14px/1.5 ${theme.fontFamily || 'sans-serif'}}
${coloured ? 'html{background:#fff}body{padding:8px}' : ''}
a{color:${link}}img{max-width:100%;height:auto}p{margin:0 0 .5rem}table{max-width:100%}
pre{white-space:pre-wrap}ul,ol{margin:.25rem 0 .5rem;padding-inline-start:1.5rem}
details{margin-top:.5rem}summary{cursor:pointer;width:fit-content;font-size:12px;color:${muted}}
blockquote{margin:.375rem 0 0;padding-inline-start:.75rem;border-inline-start:2px solid ${line};color:${muted}}
</style></head><body>${body}</body></html>`
}
