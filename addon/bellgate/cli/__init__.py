"""The commands. Each reads its arguments, asks the rooms, and hands the answer to `output`.

Values go across here: no other folder knows all the others. Only `output.py` prints.
"""
