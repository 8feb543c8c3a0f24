"""Schema history, applied by `casefeed migrate`."""
