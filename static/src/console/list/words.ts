// Columns of a case in words: what a change of many cases takes from one of them, and what it gives instead.
import { useI18n } from 'vue-i18n'
import { language, named } from '../../shared/i18n'
import { fullTime } from '../../shared/time'
import { useWork } from '../stores/work'
import type { BulkResult } from './bulk'

const NOTHING = '–'

export function useChangeWords(): (result: Pick<BulkResult, 'before' | 'after'>) => string {
  const { t } = useI18n()
  const work = useWork()

  function word(column: string, value: unknown): string {
    switch (column) {
      case 'status': {
        const status = work.statusOf(String(value))
        return status ? named(status.names) : String(value)
      }
      case 'priority':
        return t(`shared.priority.${value}`)
      case 'queue_id':
        return work.queueName(Number(value))
      case 'owner_id':
        return work.colleagues.find((person) => person.id === value)?.name ?? t('console.nobody')
      case 'snoozed_until':
        return value ? fullTime(String(value), language.value) : NOTHING
      default:
        return (Array.isArray(value) && value.join(', ')) || NOTHING
    }
  }
  return ({ before, after }) =>
    Object.keys(after)
      .map((column) => `${word(column, before[column])} → ${word(column, after[column])}`)
      .join('; ')
}
