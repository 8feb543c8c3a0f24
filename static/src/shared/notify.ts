// Short messages at the edge of the screen, the same way everywhere.
import { useToast } from '@nuxt/ui/composables'
import { Problem } from './api'
import { translate } from './i18n'

/** What to tell people about a failure. */
export function wordsFor(error: unknown): string {
  if (!(error instanceof Problem)) return translate('shared.problem.unexpected')
  if (error.status === 0) return translate('shared.problem.offline')
  if (error.code === 'too_many_attempts') {
    const seconds = Number(error.data.retry_after ?? 0)
    return translate('shared.problem.too_many', { minutes: Math.max(1, Math.ceil(seconds / 60)) })
  }
  const key = `shared.problem.${error.code}`
  const known = translate(key)
  return known !== key ? known : error.detail || error.title || translate('shared.problem.unexpected')
}

export function useNotify() {
  const toast = useToast()
  return {
    done: (title: string) => void toast.add({ title, color: 'success', icon: 'i-lucide-check', duration: 2500 }),
    info: (title: string, description?: string) =>
      void toast.add({ title, description, color: 'neutral', icon: 'i-lucide-info' }),
    failed: (error: unknown) =>
      void toast.add({ title: wordsFor(error), color: 'error', icon: 'i-lucide-circle-alert', duration: 8000 }),
  }
}
