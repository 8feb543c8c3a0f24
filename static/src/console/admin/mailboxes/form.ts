// A mailbox as a form: ports that follow the kind of security, passwords that are only ever written.

import type { Language } from '@/shared/types'
import type { AfterHandling, Mailbox, OauthProvider, Security } from '../types'

export interface MailboxForm {
  name: string
  address: string
  sender_name: string
  queue_id: number
  language: Language
  signature: string
  imap_host: string
  imap_port: number
  imap_security: Security
  imap_user: string
  imap_password: string
  imap_folder: string
  after_handling: AfterHandling
  move_to: string
  smtp_host: string
  smtp_port: number
  smtp_security: Security
  smtp_user: string
  smtp_password: string
  account_id: number | null
  oauth_provider: OauthProvider
  oauth_tenant: string
  oauth_client_id: string
  oauth_client_secret: string
  oauth_authorise_url: string
  oauth_token_url: string
  oauth_scopes: string
  send_connections: number
  send_per_minute: number
  spam_filters: string[]
  spam_server: string
  active: boolean
}

/** Filters whose headers are understood; see mail/spam.py. */
export const SPAM_FILTERS = [
  'spamassassin',
  'rspamd',
  'exchange',
  'barracuda',
  'google',
  'proofpoint',
  'dmarc',
] as const

const IMAP_PORTS: Record<Security, number> = { tls: 993, starttls: 143, none: 143 }
const SMTP_PORTS: Record<Security, number> = { tls: 465, starttls: 587, none: 25 }

export function emptyMailbox(language: Language): MailboxForm {
  return {
    name: '',
    address: '',
    sender_name: '',
    queue_id: 0,
    language,
    signature: '',
    imap_host: '',
    imap_port: IMAP_PORTS.tls,
    imap_security: 'tls',
    imap_user: '',
    imap_password: '',
    imap_folder: 'INBOX',
    after_handling: 'flag',
    move_to: '',
    smtp_host: '',
    smtp_port: SMTP_PORTS.starttls,
    smtp_security: 'starttls',
    smtp_user: '',
    smtp_password: '',
    account_id: null,
    oauth_provider: '',
    oauth_tenant: '',
    oauth_client_id: '',
    oauth_client_secret: '',
    oauth_authorise_url: '',
    oauth_token_url: '',
    oauth_scopes: '',
    send_connections: 2,
    send_per_minute: 0,
    spam_filters: [],
    spam_server: '',
    active: true,
  }
}

export function mailboxFormOf(mailbox: Mailbox): MailboxForm {
  const empty = emptyMailbox(mailbox.language)
  const known = Object.keys(empty).filter((name) => name in mailbox) as (keyof Mailbox & keyof MailboxForm)[]
  return {
    ...empty,
    ...Object.fromEntries(known.map((name) => [name, mailbox[name]])),
    imap_password: '',
    smtp_password: '',
    oauth_client_secret: '',
  }
}

/** What is sent: an empty password means "as it is", so it is left out. */
export function mailboxBodyOf(form: MailboxForm): Partial<MailboxForm> {
  const { imap_password, smtp_password, oauth_client_secret, ...rest } = form
  return {
    ...rest,
    name: rest.name.trim(),
    address: rest.address.trim(),
    imap_host: rest.imap_host.trim(),
    smtp_host: rest.smtp_host.trim(),
    ...(imap_password ? { imap_password } : {}),
    ...(smtp_password ? { smtp_password } : {}),
    ...(oauth_client_secret ? { oauth_client_secret } : {}),
  }
}

/** The port after the security was changed: follows only where it still was the usual one. */
export function portFor(kind: 'imap' | 'smtp', port: number, before: Security, after: Security): number {
  const usual = kind === 'imap' ? IMAP_PORTS : SMTP_PORTS
  return port === usual[before] ? usual[after] : port
}

/** Hosts and users that follow from the address, for inputs that are still empty. */
export function suggestionsFor(address: string): { imap_host: string; smtp_host: string; user: string } | null {
  const domain = /^[^\s@]+@([^\s@]+\.[^\s@]+)$/.exec(address.trim())?.[1]
  return domain ? { imap_host: `imap.${domain}`, smtp_host: `smtp.${domain}`, user: address.trim() } : null
}

/** Where the provider sends the browser back to; app/mailboxes/oauth.py answers there. */
export const callbackOf = (origin: string): string => `${origin}/api/admin/mailboxes/oauth`

const HOSTS: Partial<Record<OauthProvider, { imap_host: string; smtp_host: string }>> = {
  google: { imap_host: 'imap.gmail.com', smtp_host: 'smtp.gmail.com' },
  microsoft: { imap_host: 'outlook.office365.com', smtp_host: 'smtp.office365.com' },
}

/** The servers of a provider, for inputs that are still empty. */
export function hostsOf(
  provider: OauthProvider,
  form: Pick<MailboxForm, 'imap_host' | 'smtp_host'>,
): Partial<MailboxForm> {
  const hosts = HOSTS[provider]
  return hosts ? { imap_host: form.imap_host || hosts.imap_host, smtp_host: form.smtp_host || hosts.smtp_host } : {}
}
