"""Alerts: what is wrong with the gate, told to whoever can mend it, once, and once when it is over.

`trouble.py` has the table of what there is to tell; `signs.py` finds it in how the gate is, and
`told.py` decides what is to be told now: these three are pure, and the time is an argument.
`looking.py` looks at the gate, `kept.py` keeps in STATE what was told, `letters.py` has the words,
`sending.py` sees that they arrive, and `standing.py` joins all of it to a running gate. `trial.py`
is for `bellgate alerts test`, and `ping.py` a job of its own.
"""
