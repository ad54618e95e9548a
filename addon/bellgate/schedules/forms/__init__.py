"""What each file may say: its keys and the kinds of their values, not how they fit together."""
