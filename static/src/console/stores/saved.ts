// Views, macros and canned replies that change elsewhere: what shows them here asks for them anew.
import { useQueryClient } from '@tanstack/vue-query'
import { joinState, type StateFrame } from '../../shared/feed'
import { useViews } from './views'

/** What is asked for again when a kind of what is saved has changed; the first words of its queries. */
const QUERIES: Record<string, string[][]> = {
  macro: [['macros'], ['admin', 'macros']],
  canned_reply: [['canned-replies'], ['admin', 'canned-replies']],
}

/** Follows them until the current component goes. */
export function followSaved(): void {
  const client = useQueryClient()
  const views = useViews()
  async function refresh(kind: string): Promise<void> {
    if (kind === 'view') return views.load()
    await Promise.all((QUERIES[kind] ?? []).map((queryKey) => client.invalidateQueries({ queryKey })))
  }
  joinState('saved/all', {
    reload: async () => {
      await Promise.all(['view', ...Object.keys(QUERIES)].map(refresh))
    },
    change: (frame: StateFrame) => {
      if (frame.type === 'gone') void refresh(frame.key).catch(() => {})
    },
  })
}
