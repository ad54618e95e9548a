"""All that is wrong with one rule is told at once, whatever else is wrong with it."""

from tests.schedules.edited import below, edited

RULE = "  - {name: R, who: year 5, what: youtub, when: Tue 15 Dec 10:00-11:00, do: open, clause: x}"


def test_a_word_for_do_hides_none_of_the_others() -> None:
    read = edited(below("rules.yaml", "rules:", RULE))
    line = [p.line for p in read.errors]
    said = [p.message.partition(" ")[2].partition(" ")[0] for p in read.errors]
    assert sorted(said) == ["do", "what", "when", "who"]
    assert len(set(line)) == 1


def test_nor_does_a_key_that_is_missing_in_a_rule_in_front() -> None:
    """The lines are those of the file: what was taken out moves nothing."""
    first = "  - name: A\n    who: everybody\n    what: youtube\n    do: block\n    clause: x"
    read = edited(below("rules.yaml", "rules:", f"{first}\n{RULE}"))
    rules = read.files["rules.yaml"].decode().split("\n")
    start = rules.index("  - name: A") + 1
    found = {(p.line - start, p.message.partition(" ")[2].partition(" ")[0]) for p in read.errors}
    assert found == {
        (0, "when"), (1, "who"), (5, "who"), (5, "what"), (5, "when"), (5, "do"),
    }  # fmt: skip


def test_chat_is_two_categories() -> None:
    rule = RULE.replace("youtub,", "chat,")
    (hint,) = [
        p.hint for p in edited(below("rules.yaml", "rules:", rule)).errors if "chat" in p.message
    ]
    assert hint == (
        "did you mean messenger or chat-room? Write both in brackets: [messenger, chat-room]"
    )
