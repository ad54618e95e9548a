"""Whose time is up, and emptying the lines of those. Nothing else deletes from a log."""
