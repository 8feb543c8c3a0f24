// Taking away a canned reply or a macro: asked about first, its form closed after.
import { useI18n } from 'vue-i18n'
import { useConfirm } from '@/shared/confirm'
import { useNotify } from '@/shared/notify'

/** A function that removes the record after a question; `done` runs when it is gone, a failure is told. */
export function useRemoving(remove: (id: number) => Promise<void>, done: () => void) {
  const { t } = useI18n()
  const confirm = useConfirm()
  const notify = useNotify()
  return async (record: { id: number; name: string }): Promise<void> => {
    const sure = await confirm({
      title: t('admin.macros.delete_title', { name: record.name }),
      text: t('admin.macros.delete_text'),
      yes: t('admin.macros.delete'),
      dangerous: true,
    })
    if (!sure) return
    try {
      await remove(record.id)
      done()
    } catch (problem) {
      notify.failed(problem)
    }
  }
}
