// Pages of the portal, and who may open them.
import type { RouteRecordRaw, Router } from 'vue-router'
import { i18n } from '@/shared/i18n'
import { desk, me } from '@/shared/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the title in the catalogue. */
    title?: string
    /** Only for people who have signed in. */
    signedIn?: boolean
    /** Only for company administrators. */
    company?: boolean
  }
}

export const routes: RouteRecordRaw[] = [
  { path: '/', name: 'start', component: () => import('./pages/StartPage.vue') },
  {
    path: '/sign-in',
    name: 'sign-in',
    component: () => import('./pages/SignInPage.vue'),
    meta: { title: 'auth.sign_in_title' },
  },
  {
    path: '/register',
    name: 'register',
    component: () => import('./pages/RegisterPage.vue'),
    meta: { title: 'auth.register_title' },
  },
  {
    path: '/forgotten',
    name: 'forgot',
    component: () => import('./pages/ForgotPage.vue'),
    meta: { title: 'auth.forgot_title' },
  },
  {
    path: '/reset/:token',
    name: 'reset',
    component: () => import('./pages/ChoosePasswordPage.vue'),
    props: (route) => ({ token: route.params.token, purpose: 'reset' }),
    meta: { title: 'auth.reset_title' },
  },
  {
    path: '/claim/:token',
    name: 'claim',
    component: () => import('./pages/ChoosePasswordPage.vue'),
    props: (route) => ({ token: route.params.token, purpose: 'claim' }),
    meta: { title: 'auth.claim_title' },
  },
  {
    path: '/link/:token',
    name: 'link',
    component: () => import('./pages/LinkPage.vue'),
    props: true,
    meta: { title: 'auth.link_title' },
  },
  {
    path: '/cases',
    name: 'cases',
    component: () => import('./pages/CasesPage.vue'),
    meta: { title: 'cases.title', signedIn: true },
  },
  {
    path: '/cases/:id(\\d+)',
    name: 'case',
    component: () => import('./pages/CasePage.vue'),
    props: (route) => ({ id: Number(route.params.id) }),
    meta: { signedIn: true },
  },
  {
    path: '/new',
    name: 'new',
    component: () => import('./pages/NewCasePage.vue'),
    meta: { title: 'new.title', signedIn: true },
  },
  {
    path: '/company',
    name: 'company',
    component: () => import('./pages/CompanyPage.vue'),
    meta: { title: 'nav.company', signedIn: true, company: true },
  },
  {
    path: '/profile',
    name: 'profile',
    component: () => import('./pages/ProfilePage.vue'),
    meta: { title: 'nav.profile', signedIn: true },
  },
  {
    path: '/profile/tokens',
    name: 'tokens',
    component: () => import('./pages/TokensPage.vue'),
    meta: { title: 'nav.tokens', signedIn: true },
  },
  {
    path: '/:rest(.*)*',
    name: 'missing',
    component: () => import('./pages/MissingPage.vue'),
    meta: { title: 'state.missing_title' },
  },
]

/** Where to go after signing in: only ever a page of this portal. */
export function safeReturn(to: unknown): string {
  return typeof to === 'string' && /^\/(?![/\\])/.test(to) ? to : '/cases'
}

export function guard(router: Router): void {
  router.beforeEach((to) => {
    if (to.meta.signedIn && !me.value) return { name: 'sign-in', query: { to: to.fullPath } }
    if (to.meta.signedIn && me.value?.staff && to.name !== 'profile') {
      location.assign('/console')
      return false
    }
    if (to.meta.company && me.value?.user.role !== 'company_administrator') return { name: 'cases' }
    return true
  })
  router.afterEach((to) => {
    const name = desk.value?.name ?? ''
    document.title = to.meta.title ? `${i18n.global.t(`portal.${to.meta.title}`)} · ${name}` : name
  })
}
