"""A made-up term: a state folder to try the pages with, written by the product's own writer.

`folder.make` makes it. Everything in it says that it is made up; nobody in it is anybody. The same
seed gives the same term, but for salts and keys.
"""
