"""A believable desk to try: seeded people, cases and a small post office."""
