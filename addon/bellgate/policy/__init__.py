"""The policy itself: facts go in, one decision comes out.

Everything here is pure. It opens nothing, reads no clock and knows no proxy: the moment is always
an argument. Who may import this folder: everybody. What this folder may import: nothing of ours.
"""
