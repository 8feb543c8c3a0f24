// Entry of the demo's mail page: the other end of every mail, for whoever tries the desk.
import DemoRoot from './demo/DemoRoot.vue'
import { mount } from './shared/mount'

void mount({
  root: DemoRoot,
  base: '/demo/mail',
  routes: [{ path: '/:rest(.*)*', component: () => import('./demo/MailPage.vue') }],
  catalogue: import.meta.glob('./demo/locales/*.json'),
})
