// Entry of the customer portal.
import PortalRoot from './portal/PortalRoot.vue'
import { mount } from './shared/mount'

mount(PortalRoot, '/', [{ path: '/:rest(.*)*', component: () => import('./portal/StartPage.vue') }])
