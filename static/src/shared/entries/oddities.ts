// What was odd about a mail, in the reader's language: the desk stores a code, and a detail behind it.
import { translate } from '../i18n'

/** `charset_other: us-ascii → cp1250` in words; what older versions stored stays as it was written. */
export function oddityInWords(line: string): string {
  const [code = '', ...rest] = line.split(': ')
  const key = `shared.mail.oddity.${code}`
  const words = /^[a-z_]+$/.test(code) ? translate(key, { detail: rest.join(': ') }) : key
  return words === key ? line : words
}
