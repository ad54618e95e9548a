"""Whatever the bytes: problems, never a traceback, and never a policy beside an error."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bellgate.schedules.load import load_files
from tests.schedules.small_catalogue import small_catalogue

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
FILES = {p.name: p.read_bytes() for p in sorted(SAMPLE.glob("*.yaml"))}
CATALOGUE = small_catalogue()
PIECES = [*"\t[]{},: -*&\"'“é\0#\n"]
SLIPS = ["delete", "swap", "repeat", "digit", "insert", "cut", "deeper"]


@st.composite
def slips(draw: st.DrawFn) -> dict[str, bytes]:
    """The sample after a few slips of the kind that hands make."""
    files = dict(FILES)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(files)))
        lines = files[name].decode().split("\n")
        i = draw(st.integers(0, len(lines) - 1))
        j = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(SLIPS)):
            case "delete":
                del lines[i]
            case "swap":
                lines[i], lines[j] = lines[j], lines[i]
            case "repeat":
                lines.insert(j, lines[i])
            case "digit":
                digit = str(draw(st.integers(0, 9)))
                lines[i] = "".join(digit if c.isdigit() else c for c in lines[i])
            case "insert":
                at = draw(st.integers(0, len(lines[i])))
                lines[i] = lines[i][:at] + draw(st.sampled_from(PIECES)) + lines[i][at:]
            case "cut":
                lines[i] = lines[i][: draw(st.integers(0, len(lines[i])))]
            case "deeper":
                lines[i] = "  " + lines[i]
        files[name] = "\n".join(lines).encode()
    return files


def judge(files: dict[str, bytes]) -> None:
    loaded = load_files(files, catalogue=CATALOGUE)
    assert (loaded.policy is None) == bool(loaded.errors)
    for problem in loaded.problems:
        assert (
            1
            <= problem.line
            <= files[problem.file].count(b"\n") + files[problem.file].count(b"\r") + 1
        )
        assert str(problem).isprintable() or "\n    " in str(problem)


@settings(max_examples=150)
@given(slips())
def test_slips_of_the_hand(files: dict[str, bytes]) -> None:
    judge(files)


@settings(max_examples=100)
@given(st.sampled_from(sorted(FILES)), st.binary(max_size=200))
def test_any_bytes(name: str, raw: bytes) -> None:
    judge({**FILES, name: raw})


VALUES = st.recursive(
    st.sampled_from(["", "x", "12:00", "[]", "{}", "2026-01-01", "everyone", "~", "a.b", "1 year"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: f"[{', '.join(v)}]"),
        st.dictionaries(st.sampled_from(["name", "from", "who", "x"]), inner, max_size=3).map(
            lambda v: "{" + ", ".join(f"{k}: {x}" for k, x in v.items()) + "}"
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=150)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_values_of_the_wrong_shape(name: str, data: st.DataObject) -> None:
    lines = FILES[name].decode().split("\n")
    keyed = [i for i, line in enumerate(lines) if ":" in line and not line.lstrip().startswith("#")]
    i = data.draw(st.sampled_from(keyed))
    lines[i] = f"{lines[i].partition(':')[0]}: {data.draw(VALUES)}"
    judge({**FILES, name: "\n".join(lines).encode()})
