// Lists and records of the administration: loaded once, saved with one key per intention, fresh after every change.
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api, type Query } from '@/shared/api'
import { useWork } from '../stores/work'

export type Listed<T> = T[] | { items: T[] }
export const itemsOf = <T>(answer: Listed<T>): T[] => (Array.isArray(answer) ? answer : answer.items)

/** A whole list, such as `teams` of /api/admin/teams; kept by its name for all screens, read again `every` so often. */
export function useRecords<T>(
  name: string,
  path = `/api/admin/${name}`,
  { query, every }: { query?: Query; every?: number } = {},
) {
  const found = useQuery({
    queryKey: ['admin', name],
    queryFn: async ({ signal }) => itemsOf(await api.get<Listed<T>>(path, { query, signal })),
    refetchInterval: every ?? false,
  })
  return { ...found, rows: computed(() => found.data.value ?? []) }
}

export function useSaving(name: string, path = `/api/admin/${name}`) {
  const client = useQueryClient()
  const work = useWork()
  async function refresh(): Promise<void> {
    // The sidebar and the lists of colleagues show the same queues and people; saved is saved even if they stay old.
    await Promise.all([client.invalidateQueries({ queryKey: ['admin', name] }), work.freshen().catch(() => {})])
  }
  return {
    refresh,
    /** Changes the record, or makes a new one where `id` is null. */
    async save<T>(id: number | null, body: unknown, key: string): Promise<T> {
      const saved = await (id === null
        ? api.post<T>(path, body, { key })
        : api.patch<T>(`${path}/${id}`, body, { key }))
      await refresh()
      return saved
    },
    async remove(id: number): Promise<void> {
      await api.delete(`${path}/${id}`)
      await refresh()
    },
  }
}
