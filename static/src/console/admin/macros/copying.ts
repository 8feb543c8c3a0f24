// Whether a shared record may only be read here, and a copy of it as a new one of one's own.
import type { Sharing } from '../../macros/steps'

export const mayOnlyRead = (record: { editable: boolean } | null): boolean => record !== null && !record.editable

/** Offered where the original is, to nobody else. */
export const asOwn = ({ queue_id }: Sharing): Sharing => ({ shared: false, team_id: null, queue_id })
