// A form over a record: what was loaded, what is typed, whether that differs, and a question before it is lost.
import { computed, onScopeDispose, type Ref, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router'
import { useConfirm } from '@/shared/confirm'

export function useEditor<F extends object>(initial: () => F) {
  const form = ref(initial()) as Ref<F>
  const clean = ref(JSON.stringify(form.value))
  const dirty = computed(() => JSON.stringify(form.value) !== clean.value)

  /** Shows another record. */
  function load(value: F): void {
    form.value = JSON.parse(JSON.stringify(value)) as F
    clean.value = JSON.stringify(form.value)
  }

  /** What is typed is now what is stored. */
  function settled(): void {
    clean.value = JSON.stringify(form.value)
  }

  function undo(): void {
    form.value = JSON.parse(clean.value) as F
  }

  return { form, dirty, load, settled, undo }
}

/** Asks before typed changes are lost; answers whether it is fine to go. */
export function useMayLeave(dirty: Ref<boolean>): () => Promise<boolean> {
  const { t } = useI18n()
  const confirm = useConfirm()
  return async () =>
    !dirty.value ||
    confirm({
      title: t('admin.unsaved.title'),
      text: t('admin.unsaved.text'),
      yes: t('admin.unsaved.leave'),
      no: t('admin.unsaved.stay'),
      dangerous: true,
    })
}

/** The same for a form that is a page of its own: other routes, closing the tab. */
export function useLeaveGuard(dirty: Ref<boolean>): void {
  const mayLeave = useMayLeave(dirty)
  onBeforeRouteLeave(mayLeave)
  onBeforeRouteUpdate((to, from) => to.path === from.path || mayLeave())
  const beforeUnload = (event: BeforeUnloadEvent) => {
    if (dirty.value) event.preventDefault()
  }
  addEventListener('beforeunload', beforeUnload)
  onScopeDispose(() => removeEventListener('beforeunload', beforeUnload))
}
