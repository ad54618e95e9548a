"""Bytes -> facts: what a connection opens with, read as it comes. Pure; no I/O, no mitmproxy."""
