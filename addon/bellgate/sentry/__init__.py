"""The sentry: reads the hellos of connections that the kernel forwards, and decides each.

Reads packets and speaks to the kernel's netfilter; knows neither mitmproxy nor the gate. What it
decides is `policy.decide`'s answer; what it hands over, the gate writes.
"""
