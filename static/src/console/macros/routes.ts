// Routes of one's own canned replies and macros, for everybody on staff; the screens are those of the administration.
import type { NavigationGuard, RouteRecordRaw } from 'vue-router'
import { addCatalogue } from '@/shared/i18n'

const catalogue = import.meta.glob('../admin/locales/*.json')

const withTexts: NavigationGuard = async () => {
  await addCatalogue(catalogue)
  return true
}

export const routes: RouteRecordRaw[] = [
  { path: 'macros', name: 'macros', component: () => import('./WritingPage.vue'), beforeEnter: withTexts },
  { path: 'replies', name: 'replies', component: () => import('./WritingPage.vue'), beforeEnter: withTexts },
]
