"""Every way round, tried from a device of the gateway's own: `table.py` says which, as values,
`tries.py` what a try is, `clients.py` does them, `away.py` stands for the internet meanwhile."""
