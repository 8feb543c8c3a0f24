// Routes of the administration, below /console/admin.
import type { NavigationGuard, RouteRecordRaw } from 'vue-router'
import { addCatalogue } from '@/shared/i18n'
import { me } from '@/shared/session'
import { SECTIONS } from './sections'

const catalogue = import.meta.glob('./locales/*.json')

// Its texts come with its first screen; a person without the right does not learn what is behind the door.
const enter: NavigationGuard = async (to) => {
  await addCatalogue(catalogue)
  const section = SECTIONS.find((one) => to.path.startsWith(one.path))
  const rights = me.value?.rights ?? []
  if (rights.length === 0) return '/'
  return !section || rights.includes(section.area) || '/admin'
}

export const routes: RouteRecordRaw[] = [
  {
    path: 'admin',
    component: () => import('./AdminLayout.vue'),
    beforeEnter: enter,
    children: [
      { path: '', name: 'admin', component: () => import('./pages/OverviewPage.vue') },
      { path: 'users', component: () => import('./pages/UsersPage.vue'), beforeEnter: enter },
      { path: 'teams', component: () => import('./pages/TeamsPage.vue'), beforeEnter: enter },
      { path: 'agents', component: () => import('./pages/AgentsPage.vue'), beforeEnter: enter },
      { path: 'accounts', component: () => import('./pages/AccountsPage.vue'), beforeEnter: enter },
      { path: 'queues', component: () => import('./pages/QueuesPage.vue'), beforeEnter: enter },
      { path: 'fields', component: () => import('./pages/FieldsPage.vue'), beforeEnter: enter },
      { path: 'calendars', component: () => import('./pages/CalendarsPage.vue'), beforeEnter: enter },
      {
        path: 'calendars/:id(\\d+|new)',
        component: () => import('./pages/CalendarPage.vue'),
        props: true,
        beforeEnter: enter,
      },
      { path: 'policies', component: () => import('./pages/PoliciesPage.vue'), beforeEnter: enter },
      {
        path: 'policies/:id(\\d+|new)',
        component: () => import('./pages/PolicyPage.vue'),
        props: true,
        beforeEnter: enter,
      },
      { path: 'reevaluation', component: () => import('./pages/ReevaluationPage.vue'), beforeEnter: enter },
      { path: 'simulations', component: () => import('./pages/SimulationsPage.vue'), beforeEnter: enter },
      {
        path: 'simulations/:id(\\d+)',
        component: () => import('./pages/SimulationPage.vue'),
        props: true,
        beforeEnter: enter,
      },
      { path: 'webhooks', component: () => import('./pages/WebhooksPage.vue'), beforeEnter: enter },
      { path: 'mailboxes', component: () => import('./pages/MailboxesPage.vue'), beforeEnter: enter },
      {
        path: 'mailboxes/:id(\\d+|new)',
        component: () => import('./pages/MailboxPage.vue'),
        props: true,
        beforeEnter: enter,
      },
      { path: 'quarantine', component: () => import('./pages/QuarantinePage.vue'), beforeEnter: enter },
      { path: 'inbound', component: () => import('./pages/InboundPage.vue'), beforeEnter: enter },
      { path: 'outbound', component: () => import('./pages/OutboundPage.vue'), beforeEnter: enter },
      { path: 'senders', component: () => import('./pages/SendersPage.vue'), beforeEnter: enter },
      { path: 'notices', component: () => import('./pages/NoticesPage.vue'), beforeEnter: enter },
      { path: 'templates', component: () => import('./pages/TemplatesPage.vue'), beforeEnter: enter },
      { path: 'replies', component: () => import('./pages/RepliesPage.vue'), beforeEnter: enter },
      { path: 'macros', component: () => import('./pages/MacrosPage.vue'), beforeEnter: enter },
      { path: 'branding', component: () => import('./pages/BrandingPage.vue'), beforeEnter: enter },
    ],
  },
]
