"""Speaking to the servers of others: `mail.py` (SMTP) and `web.py` (HTTP).

How a server is reached, how long it may take and what it may answer live here. What is sent, to
whom and when is the caller's business. Nothing here is ever in the path of the traffic.
"""


class NotSent(Exception):
    """Something did not get there; the text says why, in plain words and without an address."""
