"""The gate put together, and its standing jobs: reload, refresh, anchors, the nightly deletion.

Nothing here prints: what a person at the terminal should read goes through `say`.
"""
