"""The kernel's rules, as text, each a pure function of its settings."""
