// The customer's cases: lists that stay live, one case with its feed, and what a customer may do with it.
import { useInfiniteQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api } from '@/shared/api'
import { joinState } from '@/shared/feed'
import type { Category, Entry, Page, PortalCaseRow, Priority } from '@/shared/types'

export type Scope = 'mine' | 'company'
export type CaseState = 'open' | 'done' | 'all'

export const DONE: readonly Category[] = ['resolved', 'closed']
export const isDone = (row: { status: { category: Category } }) => DONE.includes(row.status.category)
export const isUnread = (row: PortalCaseRow, read: number = row.read_position ?? 0) => row.head > read

export interface CaseFilter {
  scope: Scope
  state: CaseState
  q: string
}

const fits = (row: PortalCaseRow, state: CaseState) => state === 'all' || (state === 'done') === isDone(row)

/** Rows after one change: replaced where newer, new ones on top, and gone where they no longer fit. */
export function withRow(rows: readonly PortalCaseRow[], row: PortalCaseRow, state: CaseState): PortalCaseRow[] {
  const known = rows.find((one) => one.id === row.id)
  if (known && known.version > row.version) return [...rows]
  // A frame is the same for all who watch; how far this person has read is only in what was fetched.
  const merged = { ...row, read_position: Math.max(row.read_position ?? 0, known?.read_position ?? 0) }
  const others = rows.filter((one) => one.id !== row.id)
  return fits(row, state) ? [merged, ...others] : others
}

type Pages = { pages: Page<PortalCaseRow>[]; pageParams: unknown[] }

function changePages(data: Pages | undefined, change: (rows: PortalCaseRow[]) => PortalCaseRow[]): Pages | undefined {
  const [first] = data?.pages ?? []
  if (!data || !first) return data
  const ids = new Set<number>()
  const all = change(data.pages.flatMap((page) => page.items)).filter((row) => !ids.has(row.id) && ids.add(row.id))
  const last = data.pages[data.pages.length - 1] ?? first
  return { pages: [{ items: all, next_cursor: last.next_cursor }], pageParams: [null] }
}

/** A live list; rows change as frames of `cases/mine` or `cases/company` arrive. */
export function useCases(filter: Ref<CaseFilter>) {
  const client = useQueryClient()
  const key = computed(() => ['cases', filter.value.scope, filter.value.state, filter.value.q] as const)
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<PortalCaseRow>>('/api/portal/cases', { query: { ...filter.value, cursor: pageParam }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  })
  const rows = computed(() => {
    const ids = new Set<number>()
    return (query.data.value?.pages ?? [])
      .flatMap((page) => page.items)
      .filter((row) => !ids.has(row.id) && ids.add(row.id))
  })

  function apply(
    scope: Scope,
    change: (rows: PortalCaseRow[], state: CaseState, searched: boolean) => PortalCaseRow[],
  ): void {
    for (const [cached] of client.getQueriesData<Pages>({ queryKey: ['cases', scope] })) {
      const [, , state, q] = cached as [string, Scope, CaseState, string]
      client.setQueryData<Pages>(cached, (data) => changePages(data, (all) => change(all, state, q !== '')))
    }
  }

  /** Joins the topic of a scope for as long as the component lives. */
  function follow(scope: Scope): void {
    joinState(`cases/${scope}`, {
      reload: async () => {
        await client.invalidateQueries({ queryKey: ['cases', scope] }, { throwOnError: true })
      },
      change: (frame) => {
        if (frame.type === 'row') {
          const row = frame.row as PortalCaseRow
          apply(scope, (rows, state, searched) =>
            // A search result shows what was found: known rows change, others do not appear by themselves.
            searched && !rows.some((one) => one.id === row.id) ? rows : withRow(rows, row, state),
          )
        } else if (frame.type === 'gone') {
          apply(scope, (rows) => rows.filter((row) => String(row.id) !== frame.key))
        }
      },
    })
  }

  return { ...query, rows, follow }
}

export interface NewCase {
  subject: string
  text: string
  files: number[]
  client_id: string
  priority?: Priority
}

export const openCase = (body: NewCase, key: string) => api.post<PortalCaseRow>('/api/portal/cases', body, { key })
/** A case as its page sees it. */
export interface PortalCase extends PortalCaseRow {
  /** Last position that somebody of the desk has read. */
  seen_by_staff?: number
  may_reply?: boolean
}

export const getCase = (id: number) => api.get<PortalCase>(`/api/portal/cases/${id}`)
export const resolveCase = (id: number, key: string) =>
  api.post<PortalCase>(`/api/portal/cases/${id}/resolution`, {}, { key })
export const sendReply = (id: number, body: { text: string; files: number[]; client_id: string }) =>
  api.post<Entry>(`/api/portal/cases/${id}/replies`, body, { key: body.client_id })
export const markRead = (id: number, position: number) => api.put<void>(`/api/portal/cases/${id}/read`, { position })
