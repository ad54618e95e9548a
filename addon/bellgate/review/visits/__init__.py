"""Records -> attempts -> visits, and when nobody was watching. Pure."""
