// One change of many cases: what the desk says it would do or did, and taking it back.
import { useToast } from '@nuxt/ui/composables'
import { api, newKey } from '../../shared/api'
import { translate } from '../../shared/i18n'
import { useNotify } from '../../shared/notify'
import type { Beside } from '../macros/steps'

export interface BulkPatch {
  status?: string
  priority?: string
  queue_id?: number
  owner_id?: number | null
  add_tags?: string[]
  remove_tags?: string[]
  spam?: boolean
  /** A macro in place of all that; `seen` is how far each case was seen. */
  macro?: { id: number; seen: Record<number, number> }
}

export interface BulkResult {
  case_id: number
  number: string
  subject: string
  before: Record<string, unknown>
  after: Record<string, unknown>
  /** Done as well, and not taken back. */
  beside: Beside[]
  refused: string | null
}

interface BulkAnswer {
  id: number | null
  results: BulkResult[]
}

const UNDO_SHOWN = 12_000 // milliseconds: long enough to see on the list what happened

export const changes = (result: BulkResult) => Object.keys(result.after).length > 0 || result.beside.length > 0

function asked(caseIds: readonly number[], { macro, ...patch }: BulkPatch) {
  const place = macro ? `/api/macros/${macro.id}` : '/api/cases/bulk'
  return {
    preview: `${place}/preview`,
    doing: macro ? `${place}/uses` : place,
    body: { case_ids: caseIds, ...(macro ? { seen: macro.seen } : patch) },
  }
}

export function preview(caseIds: readonly number[], patch: BulkPatch): Promise<BulkAnswer> {
  const wish = asked(caseIds, patch)
  return api.post<BulkAnswer>(wish.preview, wish.body)
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

  /** Says that it is done, and offers to take it back. */
  function told(title: string, id: number | null): void {
    toast.add({
      title,
      color: 'success',
      icon: 'i-lucide-check',
      duration: UNDO_SHOWN,
      actions:
        id === null
          ? undefined
          : [{ label: translate('console.bulk.undo'), icon: 'i-lucide-undo-2', onClick: () => void undo(id) }],
    })
  }

  /** Makes the change; answers whether the desk took it. */
  async function run(caseIds: readonly number[], patch: BulkPatch): Promise<boolean> {
    try {
      const wish = asked(caseIds, patch)
      const done = await api.post<BulkAnswer>(wish.doing, wish.body, { key: newKey() })
      const changed = done.results.filter(changes).length
      told(translate('console.bulk.done', { n: changed }), changed ? done.id : null)
      return true
    } catch (error) {
      notify.failed(error)
      return false
    }
  }
  return { run, told }
}
