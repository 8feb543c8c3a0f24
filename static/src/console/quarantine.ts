// How much mail is set aside, for those who work the quarantine: counted again each minute and when it is told to have grown.
import { useQuery } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { api } from '../shared/api'
import { me } from '../shared/session'
import { useWork } from './stores/work'

export interface QuarantineCounts {
  total: number
  reasons: { reason: string; count: number }[]
}

const EVERY = 60_000 // milliseconds

export function useQuarantine() {
  const work = useWork()
  const query = useQuery({
    queryKey: ['quarantine'],
    queryFn: () => api.get<QuarantineCounts>('/api/admin/quarantine'),
    enabled: computed(() => me.value?.rights.includes('quarantine') ?? false),
    refetchInterval: EVERY,
    retry: false,
  })
  watch(
    () => work.newNotification,
    (notification) => notification?.kind === 'quarantine_grew' && void query.refetch(),
  )
  return query
}
