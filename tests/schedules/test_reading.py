"""The text itself: what YAML allows and we do not, and where each slip is shown."""

import pytest

from bellgate.schedules.problem import quoted
from bellgate.schedules.yaml_tree import LARGEST, read


def told(text: str | bytes) -> list[tuple[int, str]]:
    raw = text.encode() if isinstance(text, str) else text
    return [(p.line, p.message) for p in read("f.yaml", raw).problems]


def test_scalars_stay_text_and_lines_are_kept() -> None:
    document = read("f.yaml", b"a: 12:00\nb:\n  - no\n  - x: 1\n    y:\n")
    assert document.problems == []
    assert document.root is not None
    assert document.root.data() == {"a": "12:00", "b": ["no", {"x": "1", "y": None}]}
    places = [("a",), ("b",), ("b", 0), ("b", 1, "y"), ("b", 7), ("z",), ()]
    assert [document.line(path) for path in places] == [1, 2, 3, 5, 2, 1, 1]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: &x 1\nb: *x\n", 1, '"&x" is YAML shorthand that is not used here'),
        ("a: *x\n", 1, '"*x" is YAML shorthand that is not used here'),
        ("a: !!python/object:os.system x\n", 1, "is a type tag"),
        ("a: 1\n---\nb: 2\n", 2, "a second document starts here"),
        ("a:\u00a01\n", 1, "a no-break space, where only ordinary spaces work"),
        ("a: 1\nb:\n\t- c\n\t- d\n", 3, "a tab, where only ordinary spaces work (and on line 4)"),
        ("a: 1\u2028b: 2\n", 1, "a control character"),
        ("a: {b, c: 1}\n", 1, 'stray comma: "b" is alone between commas'),
        ("a: {b: 1,, c: 1}\n", 1, "stray comma: nothing comes before it"),
        ("a: {b: 1,}\n", 1, "stray comma before the closing }"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", 4, '"b" is given twice (first on line 2)'),
        ("a: “b”\n", 1, 'curly quotes in "“b”"'),
        ("a: 1\nb: [1,\n", 2, "the file ends inside brackets"),
        ("{", 1, "the file ends inside brackets"),
        ("a: {b: [1, 2}\n", 1, "a comma or the closing ] is missing"),
        ("a: {b: 1\nc: 2\n", 1, "a comma or the closing } is missing after this {"),
        ("# x\n\n  - a: 1\nb: 2\n", 3, "a list begins here, and the key that it belongs to is"),
        ("a: 1\n  b: 2\n c: 3\n", 2, "this colon does not fit here"),
        ("just words\n", 1, "the file is plain text, not keys with values"),
        ("? [a]\n: b\n", 1, "a key is missing, or is not plain text"),
        ("\ufeff", 1, "the file is empty"),
    ],
)
def test_what_is_refused(text: str, line: int, message: str) -> None:
    first_line, first_message = told(text)[0]
    assert first_line == line
    assert message in first_message


@pytest.mark.parametrize(
    "text",
    [
        "a: it’s fine\n",
        "a: 1 # a\ttab in a comment\n",
        "a: [x, y,]\n",
        "a: {b: , c: {}}\n",
        '"2001:db8::/64": x\n',
        "a: |\n  two\n  lines\n",
    ],
)
def test_what_is_let_pass(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize("text", ["[" * 5000, "{a: " * 5000, "- " * 5000, "a: {" * 900])
def test_depth_is_bounded(text: str) -> None:
    assert len(told(text)) == 1


def test_a_bomb_of_references_is_never_unfolded() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(50))
    assert told(bomb) == [(1, '"&a" is YAML shorthand that is not used here')]


def test_size_is_bounded() -> None:
    assert told(b"a: b\n" * (LARGEST // 5 + 1)) == [(1, "the file is larger than 2 MB")]


def test_the_line_of_a_byte_that_is_no_text() -> None:
    assert told(b"a: 1\nb: caf\xe9\n") == [(2, "a character here is not UTF-8")]


def test_a_problem_shows_no_parts_of_an_emoji() -> None:
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
    assert quoted(f"Eisteddfod {flag} 👩\u200d🏫") == '"Eisteddfod \U0001f3f4 👩🏫"'


def test_a_problem_shows_no_control_characters() -> None:
    (problem,) = read("f.yaml", b'"a\\e[31m": 1\n"a\\e[31m": 2\n').problems
    assert problem.message == '"a\\x1b[31m" is given twice (first on line 1)'
