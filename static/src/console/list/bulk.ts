// One change of many cases: what the desk says it would do or did, and taking it back.
import { useToast } from '@nuxt/ui/composables'
import { api, newKey } from '../../shared/api'
import { translate } from '../../shared/i18n'
import { useNotify } from '../../shared/notify'

export interface BulkPatch {
  status?: string
  priority?: string
  queue_id?: number
  owner_id?: number | null
  add_tags?: string[]
  remove_tags?: string[]
  spam?: boolean
}

export interface BulkResult {
  case_id: number
  number: string
  subject: string
  before: Record<string, unknown>
  after: Record<string, unknown>
  refused: string | null
}

interface BulkAnswer {
  id: number | null
  results: BulkResult[]
}

const UNDO_SHOWN = 12_000 // milliseconds: long enough to see on the list what happened

export const changes = (result: BulkResult) => Object.keys(result.after).length > 0

export function preview(caseIds: readonly number[], patch: BulkPatch): Promise<BulkAnswer> {
  return api.post<BulkAnswer>('/api/cases/bulk/preview', { case_ids: caseIds, ...patch })
}

export function useBulk() {
  const toast = useToast()
  const notify = useNotify()

  async function undo(id: number): Promise<void> {
    try {
      const { results } = await api.post<BulkAnswer>(`/api/cases/bulk/${id}/undo`)
      const left = results.filter((result) => result.refused).map((result) => result.number)
      if (left.length) notify.info(translate('console.bulk.undone_partly'), left.join(', '))
      else notify.done(translate('console.bulk.undone'))
    } catch (error) {
      notify.failed(error)
    }
  }

  /** Makes the change; answers whether the desk took it. */
  async function run(caseIds: readonly number[], patch: BulkPatch): Promise<boolean> {
    try {
      const done = await api.post<BulkAnswer>(
        '/api/cases/bulk',
        { case_ids: caseIds, ...patch },
        {
          key: newKey(),
        },
      )
      const changed = done.results.filter(changes).length
      const id = done.id
      toast.add({
        title: translate('console.bulk.done', { n: changed }),
        color: 'success',
        icon: 'i-lucide-check',
        duration: UNDO_SHOWN,
        actions:
          id === null || changed === 0
            ? undefined
            : [{ label: translate('console.bulk.undo'), icon: 'i-lucide-undo-2', onClick: () => void undo(id) }],
      })
      return true
    } catch (error) {
      notify.failed(error)
      return false
    }
  }
  return { run }
}
