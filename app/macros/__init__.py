"""Macros and canned replies: several actions on a case under one name, and words that are written again and again."""
