"""Is the log what was signed, what was emptied and why, and what proves records to a stranger."""
