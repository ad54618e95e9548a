"""Subscribed lists: text -> names (`formats`), whether to take them (`judging`), the last good copy
(`shelf`), and bringing it up to date (`keeping`). Nothing else reads a list.
"""
