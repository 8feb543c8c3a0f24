"""Casefeed's application: people, queues, cases and everything that joins the three engines to them."""
