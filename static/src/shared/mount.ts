// Starts a surface (console or portal) with what both have in common: session, state, languages, looks, the kit.
import ui from '@nuxt/ui/vue-plugin'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { type Component, createApp } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw, type Router } from 'vue-router'
import { Problem } from './api'
import { addCatalogue, type Catalogue, i18n } from './i18n'
import { refreshDesk, startSession } from './session'
import { startTheme } from './theme'
import { startBadge } from './title'
import '../style.css'

// A refusal stays one: only what may pass by itself is asked again.
const QUERIES = {
  queryClientConfig: {
    defaultOptions: {
      queries: { retry: (failures: number, error: Error) => failures < 2 && error instanceof Problem && error.passing },
    },
  },
}

export interface Surface {
  root: Component
  /** Path under which the surface lives. */
  base: string
  routes: RouteRecordRaw[]
  /** Its texts: `import.meta.glob('./x/locales/*.json')`. */
  catalogue: Catalogue
  /** Guards and the like. */
  prepare?: (router: Router) => void
}

export async function mount({ root, base, routes, catalogue, prepare }: Surface): Promise<void> {
  startTheme()
  // A new version was deployed and its old parts are gone: a fresh page has the new ones.
  addEventListener('vite:preloadError', () => location.reload())
  addEventListener('focus', () => void refreshDesk())
  await Promise.all([addCatalogue(catalogue), startSession()])
  const router = createRouter({ history: createWebHistory(base), routes })
  prepare?.(router)
  startBadge()
  createApp(root).use(createPinia()).use(router).use(i18n).use(ui).use(VueQueryPlugin, QUERIES).mount('#app')
}
