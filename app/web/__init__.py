"""What every HTTP route shares: problems, security, idempotency, paging."""
