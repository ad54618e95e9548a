"""A small school out of network namespaces: real kernel, real servers, real clients.

Nothing here leaves the machine: every address lies in a namespace that the tests made themselves.
"""
