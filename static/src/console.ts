// Entry of the agent console.
import ConsoleRoot from './console/ConsoleRoot.vue'
import { mount } from './shared/mount'

mount(ConsoleRoot, '/agent', [{ path: '/:rest(.*)*', component: () => import('./console/StartPage.vue') }])
