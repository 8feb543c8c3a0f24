// What conditions speak of, in words: names of facts, the values to choose from, and a condition as one line of text.
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { api } from '../../shared/api'
import { named } from '../../shared/i18n'
import { mayAdminister } from '../../shared/session'
import type { Names } from '../../shared/types'
import { useWork } from '../stores/work'
import { type Condition, FACTS, formOf, type Group, isGroup, kindOf, type Row, withoutValue } from './terms'

interface Named {
  id: number
  name: string
}
interface Field {
  key: string
  names: Names
  kind: string
  choices: string[]
}
export interface Choice {
  value: string | number
  label: string
}

async function listOf<T>(path: string): Promise<T[]> {
  const found = await api.get<T[] | { items: T[] }>(path)
  return Array.isArray(found) ? found : found.items
}

export function useConditionWords() {
  const { t } = useI18n()
  const work = useWork()
  const { data: accounts } = useQuery({
    queryKey: ['admin', 'accounts'],
    queryFn: () => listOf<Named>('/api/accounts'),
  })
  const { data: fields } = useQuery({
    queryKey: ['admin', 'fields'],
    queryFn: () => listOf<Field>('/api/admin/fields'),
  })
  const { data: mailboxes } = useQuery({
    queryKey: ['admin', 'mailboxes'],
    queryFn: () => listOf<Named>('/api/admin/mailboxes'),
    enabled: mayAdminister('mailboxes'), // others are not told them, and write numbers
  })

  /** The custom field that a fact is about; policies know some by their bare key too (`request_type`). */
  const fieldOf = (fact: string) =>
    fact in FACTS ? undefined : fields.value?.find((field) => fact === `fields.${field.key}` || fact === field.key)

  function factName(fact: string): string {
    if (fact in FACTS) return t(`console.condition.fact.${fact}`)
    const field = fieldOf(fact)
    return (field && named(field.names)) || fact.replace(/^fields\./, '')
  }

  const customFacts = computed(() => (fields.value ?? []).map((field) => `fields.${field.key}`))

  function choicesOf(fact: string): Choice[] {
    switch (fact) {
      case 'status':
        return work.statuses.map((status) => ({ value: status.key, label: named(status.names) }))
      case 'category':
        return ['new', 'open', 'waiting', 'on_hold', 'resolved', 'closed'].map((value) => ({
          value,
          label: t(`shared.category.${value}`),
        }))
      case 'priority':
        return ['low', 'normal', 'high', 'urgent'].map((value) => ({ value, label: t(`shared.priority.${value}`) }))
      case 'channel':
        return ['mail', 'portal', 'widget', 'agent', 'api'].map((value) => ({
          value,
          label: t(`console.channel.${value}`),
        }))
      case 'language':
        return ['en', 'ru', 'fi'].map((value) => ({ value, label: t(`console.condition.language.${value}`) }))
      case 'queue':
        return byId(work.queues)
      case 'owner':
        return [{ value: 'me', label: t('console.condition.me') }, ...byId(work.colleagues)]
      case 'account':
        return byId(accounts.value ?? [])
      case 'mailbox':
        return byId(mailboxes.value ?? [])
      default:
        return (fieldOf(fact)?.choices ?? []).map((value) => ({ value, label: value }))
    }
  }

  function valueName(row: Row, value: unknown): string {
    if (typeof value === 'boolean') return t(value ? 'console.condition.yes' : 'console.condition.no')
    const label = choicesOf(row.fact).find((choice) => choice.value === value)?.label
    if (label !== undefined) return label
    return kindOf(row.fact) === 'id' ? `#${value}` : String(value)
  }

  function rowInWords(row: Row): string {
    const values = (Array.isArray(row.value) ? row.value : [row.value]).map((value) => valueName(row, value)).join(', ')
    if (row.operator === 'in') return `${factName(row.fact)}: ${values}`
    const asked = `${factName(row.fact)} ${t(`console.condition.operator.${row.operator}`)}`
    if (withoutValue(row.operator)) return asked
    return `${asked} ${values}${kindOf(row.fact) === 'seconds' ? ` ${t('console.condition.hours')}` : ''}`
  }

  function groupInWords({ how, parts }: Group): string {
    const said = parts.map((part) => {
      if (!isGroup(part)) return rowInWords(part)
      const within = groupInWords(part)
      const alone = parts.length === 1 || part.parts.length < 2
      return alone || part.how === 'none' ? within : `(${within})`
    })
    const conditions = said.join(how === 'all' ? ' · ' : ` ${t('console.condition.or')} `)
    return how === 'none' && said.length ? t('console.condition.none_of', { conditions }) : conditions
  }

  /** A condition in one line; empty where it asks nothing. */
  const inWords = (condition: Condition): string => groupInWords(formOf(condition))

  return { customFacts, factName, fieldOf, choicesOf, inWords }
}

const byId = (list: readonly Named[]): Choice[] => list.map((one) => ({ value: one.id, label: one.name }))
