"""The forms -> a JSON Schema for each file, for completion and first checks in an editor.

They ship in `schedules/schemas`, where each file's first line names its own. What they let through
is still judged by `bellgate check`: a schema knows no groups and no calendar.
"""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from bellgate.schedules.forms.devices_yaml import DevicesForm
from bellgate.schedules.forms.gateway_yaml import GatewayForm
from bellgate.schedules.forms.kinds import Form, Shape
from bellgate.schedules.forms.rules_yaml import RulesForm
from bellgate.schedules.forms.school_yaml import SchoolForm
from bellgate.schedules.forms.services_yaml import ServicesForm
from bellgate.schedules.key_help import KEYS
from bellgate.schedules.rule_times import TIME_WORDS
from bellgate.schedules.rule_words import WHAT_WORDS

FORMS: dict[str, type[Form]] = {
    "school": SchoolForm,
    "rules": RulesForm,
    "devices": DevicesForm,
    "services": ServicesForm,
    "gateway": GatewayForm,
}
# Words that an editor can offer where any other text may stand too.
_OFFERED = {("RuleForm", "what"): WHAT_WORDS, ("RuleForm", "when"): TIME_WORDS}


class _WithoutDefaults(GenerateJsonSchema):
    """A default is for the reader of the code; an editor would only repeat it."""

    def default_schema(self, schema: Any) -> Shape:
        return self.generate_inner(schema["schema"])


def schemas() -> dict[str, str]:
    """Each schema's text by the name of its file."""
    return {f"{name}.json": _text(name, form) for name, form in FORMS.items()}


def _text(name: str, form: type[Form]) -> str:
    made = form.model_json_schema(by_alias=True, schema_generator=_WithoutDefaults)
    for (kind, key), words in _OFFERED.items():
        if kind in made.get("$defs", {}):
            _offer(made["$defs"][kind]["properties"][key], list(words))
    _describe(made, form.__name__)
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"{name}.yaml of Bellgate",
        **_untitled(made),
    }
    # Draft 7 is what editors know best, and its name for shared parts.
    text = json.dumps(whole, indent=1, ensure_ascii=False)
    return text.replace('"$defs"', '"definitions"').replace("#/$defs/", "#/definitions/") + "\n"


def _describe(made: Shape, outermost: str) -> None:
    for kind, shape in (made.get("$defs", {}) | {outermost: made}).items():
        for key, inside in shape["properties"].items():
            inside["description"] = KEYS[kind][key]


def _offer(shape: Shape, words: list[str]) -> None:
    one, several = shape["anyOf"]
    offered = {"anyOf": [{"enum": words}, one]}
    shape["anyOf"] = [offered, {**several, "items": offered}]


def _untitled(shape: Any) -> Any:
    """Without the titles that pydantic makes of every key."""
    if isinstance(shape, list):
        return [_untitled(item) for item in shape]
    if not isinstance(shape, dict):
        return shape
    return {
        key: _untitled(value)
        for key, value in shape.items()
        if key != "title" or not isinstance(value, str)
    }
