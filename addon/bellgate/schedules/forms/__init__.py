"""What each file may say: its keys and the kinds of their values, and nothing about how they fit."""
