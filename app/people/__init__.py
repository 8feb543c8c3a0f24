"""People and rights: accounts, contacts, users, teams, sessions."""
