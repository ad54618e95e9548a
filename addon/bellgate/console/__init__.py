"""The pages: what a head teacher, a chair of governors, a technician or a teacher looks at.

A process of its own, never in the path of the traffic. It reads the log, the index and the
schedules folder; whatever it changes goes over `STATE/gate.sock` as a record first, like any
command.

What may live here: pages and what they need (who is signed in, who may see what, how a page looks).
What may not: how a connection is decided, what a record means, how visits are counted. Those are
asked of `policy`, `audit` and `review`, so that no page works anything out again.
"""
