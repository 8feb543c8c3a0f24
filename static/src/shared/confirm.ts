// Asks before something that cannot be taken back.
import { useOverlay } from '@nuxt/ui/composables'
import ConfirmDialog from './parts/ConfirmDialog.vue'

export interface Question {
  title: string
  text?: string
  /** Words of the button that does it. */
  yes: string
  no?: string
  dangerous?: boolean
}

export function useConfirm(): (question: Question) => Promise<boolean> {
  const overlay = useOverlay()
  const dialog = overlay.create(ConfirmDialog, { destroyOnClose: true })
  return async (question) => (await dialog.open(question).result) === true
}
