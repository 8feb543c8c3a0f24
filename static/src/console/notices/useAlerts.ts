// Makes itself heard when something concerns the agent: a word on the page, a sound, a notification of the browser.
import { watch } from 'vue'
import { useRouter } from 'vue-router'
import { translate } from '../../shared/i18n'
import { useWork } from '../stores/work'
import { browserOn, onceOfAllTabs, playSound, resumeDevice, showNotification } from './device'
import { detailOf, NOTICE_ICONS, pathOf, textOf } from './notices'

export function useAlerts(): void {
  const work = useWork()
  const router = useRouter()
  const toast = useToast()
  const open = (path: string) => void router.push(path)
  void resumeDevice().catch(() => {})

  watch(
    () => work.newNotification,
    (notice) => {
      if (!notice) return
      const visible = document.visibilityState === 'visible'
      const inSight = visible && notice.case_id && router.currentRoute.value.path === `/case/${notice.case_id}`
      const channels = notice.channels ?? ['list']
      if (visible && !inSight)
        toast.add({
          title: textOf(notice),
          description: detailOf(notice),
          color: 'neutral',
          icon: NOTICE_ICONS[notice.kind] ?? 'i-lucide-bell',
          actions: notice.case_id
            ? [{ label: translate('console.open_case'), onClick: () => open(pathOf(notice)) }]
            : undefined,
        })
      if (inSight) return
      onceOfAllTabs(notice, () => {
        if (channels.includes('sound')) playSound()
        if (channels.includes('browser') && browserOn.value && !visible) showNotification(notice, open)
      })
    },
  )
}
