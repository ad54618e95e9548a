"""The gate: the only folder that knows mitmproxy.

Hooks only translate: bytes into facts, a decision into the fate of a connection, and what became
of it into a record. What is allowed is decided in `policy`, nowhere here.
"""
