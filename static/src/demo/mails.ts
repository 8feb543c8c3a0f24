// The demo's post office as its page sees it.
export interface DemoAddress {
  address: string
  count: number
  latest: string | null
}

export interface DemoMail {
  uid: number
  message_id: string | null
  subject: string
  from_address: string
  from_name: string
  at: string
  text: string
  reply_to: string
  in_reply_to: string
  references: string[]
  automatic: boolean
  raw: string
}

export interface Letter {
  from_address: string
  from_name: string
  to?: string
  subject: string
  text: string
  in_reply_to: string
  references: string[]
}

/** An answer as mail programs write it: subject, thread and the quoted text. */
export function replyTo(mail: DemoMail, address: string): Letter {
  const subject = /^(re|vs|aw|ответ)\s*:/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}`
  const quoted = mail.text
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('>') ? `>${line}` : `> ${line}`))
    .join('\n')
  const on = mail.at.slice(0, 16).replace('T', ' ')
  return {
    from_address: address,
    from_name: '',
    to: mail.reply_to || mail.from_address,
    subject,
    text: `\n\nOn ${on}, ${mail.from_name || mail.from_address} wrote:\n${quoted}\n`,
    in_reply_to: mail.message_id ?? '',
    references: [...mail.references, ...(mail.message_id ? [mail.message_id] : [])],
  }
}

export const newLetter = (address: string): Letter => ({
  from_address: address,
  from_name: '',
  subject: '',
  text: '',
  in_reply_to: '',
  references: [],
})
