"""The mail engine: reads mailboxes, understands what arrived, composes and delivers what goes out."""
