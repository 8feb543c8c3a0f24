"""Takes a fresh clone to a running desk with nothing but the standard library of Python."""
