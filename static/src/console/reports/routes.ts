// Routes of the reports: sums for team leads, and the wallboard for everybody on staff.
import type { NavigationGuard, RouteRecordRaw } from 'vue-router'
import { addCatalogue } from '@/shared/i18n'
import { me } from '@/shared/session'

const catalogue = import.meta.glob('./locales/*.json')

const withTexts: NavigationGuard = async () => {
  await addCatalogue(catalogue)
  return true
}
const forLeads: NavigationGuard = async () => {
  await addCatalogue(catalogue)
  return me.value?.rights.includes('reports') || '/'
}

export const routes: RouteRecordRaw[] = [
  { path: 'reports', name: 'reports', component: () => import('./ReportsPage.vue'), beforeEnter: forLeads },
  { path: 'wallboard', name: 'wallboard', component: () => import('./WallboardPage.vue'), beforeEnter: withTexts },
]
