"""Tests of mailboxes, ledger and outbox."""
