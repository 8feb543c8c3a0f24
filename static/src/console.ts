// Entry of the agent console.
import ConsoleRoot from './console/ConsoleRoot.vue'
import { guard, routes } from './console/routes'
import { mount } from './shared/mount'

void mount({
  root: ConsoleRoot,
  base: '/console',
  routes,
  catalogue: import.meta.glob('./console/locales/*.json'),
  prepare: guard,
})
