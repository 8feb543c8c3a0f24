// Starts a surface (console or portal) with what both have in common: state, queries, languages, the kit.
import ui from '@nuxt/ui/vue-plugin'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { type Component, createApp } from 'vue'
import { createI18n } from 'vue-i18n'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import '../style.css'

export function mount(root: Component, base: string, routes: RouteRecordRaw[]) {
  const router = createRouter({ history: createWebHistory(base), routes })
  const i18n = createI18n({ legacy: false, locale: document.documentElement.lang || 'en', fallbackLocale: 'en' })
  return createApp(root).use(createPinia()).use(router).use(i18n).use(ui).use(VueQueryPlugin).mount('#app')
}
