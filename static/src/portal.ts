// Entry of the customer portal.
import PortalRoot from './portal/PortalRoot.vue'
import { guard, routes } from './portal/routes'
import { mount } from './shared/mount'

void mount({
  root: PortalRoot,
  base: '/',
  routes,
  catalogue: import.meta.glob('./portal/locales/*.json'),
  prepare: guard,
})
