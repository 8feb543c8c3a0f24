// The subject of a case as a reader sees it: a mail may come without one.
import { translate } from './i18n'

export const subjectOf = (subject: string): string => subject || translate('shared.no_subject')
