"""The technician's files: text goes in, a policy or a list of problems comes out.

The only opener of the schedules folder. What this folder may import: `policy`. Nothing here prints,
reads a clock or knows the proxy.
"""
