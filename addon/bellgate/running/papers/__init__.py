"""The papers that a school needs beside the software, filled with its own words and settings.

`filling` takes what the files say into plain words, `browser_files` makes what devices are set by,
`paper_set` makes all of them. The papers' own text stands in `deploy/papers/`, for whoever wants to
mend it.
"""
