// Makes an entry's HTML safe a second time (the server did it first) and fit for the feed.
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
]

/** Safe HTML: no styles, no scripts, inline pictures from our files, remote pictures named but not fetched, quotes folded. */
export function safeHtml(html: string, files: readonly FileInfo[], words: { quote: string; picture: string }): string {
  const purifier = createPurifier(window)
  purifier.addHook('uponSanitizeAttribute', (node, data) => {
    if (data.attrName !== 'src' || node.nodeName !== 'IMG') return
    const contentId = /^cid:(.+)$/i.exec(data.attrValue)?.[1]
    const file = contentId && files.find((one) => one.content_id?.replace(/^<|>$/g, '') === contentId)
    if (file) data.attrValue = file.url
  })
  const body = purifier.sanitize(html, {
    ALLOWED_TAGS,
    ALLOWED_ATTR: ALLOWED_ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|cid:|\/api\/files\/|data:image\/(?:png|jpeg|gif|webp);)/i,
    RETURN_DOM: true,
  }) as HTMLElement
  const document = body.ownerDocument
  for (const link of body.querySelectorAll('a')) {
    link.target = '_blank'
    link.rel = 'noopener noreferrer nofollow'
  }
  for (const picture of body.querySelectorAll('img')) {
    const source = picture.getAttribute('src') ?? ''
    if (/^(\/api\/files\/|data:image\/)/.test(source)) {
      picture.loading = 'lazy'
      continue
    }
    const tiny = picture.width > 0 && picture.width < 4
    const name = document.createElement('span')
    name.textContent = tiny || !source ? '' : `[${picture.alt || words.picture}]`
    picture.replaceWith(name)
  }
  for (const quote of body.querySelectorAll('blockquote')) {
    if (quote.parentElement?.closest('details')) continue
    const fold = document.createElement('details')
    const title = document.createElement('summary')
    title.textContent = words.quote
    quote.replaceWith(fold)
    fold.append(title, quote)
  }
  return body.innerHTML
}
