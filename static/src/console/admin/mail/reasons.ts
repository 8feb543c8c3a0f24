// Why a mail was set aside, in words; a reason that is new to this page stays what the desk calls it.
import { translate } from '@/shared/i18n'

export function reasonWords(reason: string): string {
  const key = `admin.quarantine.reason.${reason}`
  const words = translate(key)
  return words === key ? reason : words
}
