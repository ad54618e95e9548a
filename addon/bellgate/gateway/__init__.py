"""The gateway: the folder that speaks to the machine Bellgate stands on.

Kernel rules, the certificate, who has which address. It may import `policy`, `schedules` and
`audit`; never `gate`, `review` or `cli`, which get what they need from here as plain values.
"""
