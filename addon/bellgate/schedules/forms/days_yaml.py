"""`days.yaml` of the state folder: single days that somebody changed from a page, and why.

Bellgate writes it; nobody edits it. It is read after `dates` of school.yaml, so that it wins.
"""

from typing import Annotated

from bellgate.schedules.forms.kinds import ITEMS, KEYS, Form, Text
from bellgate.schedules.forms.school_yaml import DateForm


class ChangedDayForm(DateForm):
    """A day, what holds on it, and whose word that is."""

    by: Text
    reason: Text


class DaysForm(Form):
    dates: Annotated[tuple[Annotated[ChangedDayForm, KEYS], ...], ITEMS] = ()
