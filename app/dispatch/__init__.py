"""Who works on what next: the next case, leases, assignment, and cases put off until later."""
