// Where each screen of the console lives; who is not signed in is asked to, who is not staff is led to the portal.
import type { RouteRecordRaw, Router } from 'vue-router'
import { me } from '../shared/session'

// Administration, macros and reports bring their own screens.
const sections = import.meta.glob<{ routes: RouteRecordRaw[] }>(
  ['./admin/routes.ts', './macros/routes.ts', './reports/routes.ts'],
  {
    eager: true,
  },
)

export const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue'), meta: { open: true } },
  {
    path: '/',
    component: () => import('./ConsoleShell.vue'),
    children: [
      { path: '', name: 'home', component: () => import('./pages/HomePage.vue') },
      { path: 'queue/:id(\\d+)', name: 'queue', component: () => import('./pages/QueuePage.vue') },
      { path: 'view/:id(\\d+)', name: 'view', component: () => import('./pages/ViewPage.vue') },
      { path: 'mine', name: 'mine', component: () => import('./pages/MinePage.vue') },
      { path: 'search', name: 'search', component: () => import('./pages/SearchPage.vue') },
      { path: 'new', name: 'new', component: () => import('./pages/NewCasePage.vue') },
      { path: 'case/:id(\\d+)', name: 'case', component: () => import('./pages/CasePage.vue') },
      { path: 'notifications', name: 'notifications', component: () => import('./pages/NotificationsPage.vue') },
      { path: 'profile/tokens', name: 'tokens', component: () => import('./pages/TokensPage.vue') },
      { path: 'profile', name: 'profile', component: () => import('./pages/ProfilePage.vue') },
      ...Object.values(sections).flatMap((module) => module.routes),
      { path: ':rest(.*)*', name: 'lost', component: () => import('./pages/LostPage.vue') },
    ],
  },
]

export function guard(router: Router): void {
  router.beforeEach((to) => {
    if (me.value && !me.value.staff) {
      location.assign('/')
      return false
    }
    if (!me.value && !to.meta.open) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
    if (me.value && to.name === 'sign-in') return { name: 'home' }
    return true
  })
}
