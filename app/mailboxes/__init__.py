"""Mailboxes, the ledger of inbound e-mail, the outbox and its templates."""
