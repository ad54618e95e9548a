"""rules.yaml: who, what, when, what is done, and the clause that asks for it."""

from typing import Annotated

from pydantic import Field

from bellgate.policy.action import ACTIONS, Action
from bellgate.schedules import also_called
from bellgate.schedules.forms.kinds import ITEMS, KEYS, Form, MaybeLength, Text, Texts, one_of


class RuleForm(Form):
    name: Text
    who: Texts
    what: Texts
    when: Texts
    do: Annotated[Action, one_of(*ACTIONS, also_called=also_called.ACTIONS)]
    ask_for: MaybeLength = Field(None, alias="for")
    clause: Text


class RulesForm(Form):
    rules: Annotated[tuple[Annotated[RuleForm, KEYS], ...], ITEMS]
