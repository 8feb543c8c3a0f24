"""The only writers of people: sessions, links, contacts, accounts, users and teams. Each runs in one unit of work."""
