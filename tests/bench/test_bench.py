"""Each benchmark runs; what it measures is no matter here."""

import pytest

from tests.bench.__main__ import NAMES, main
from tests.bench.table import Row, lines

LONG = ("readers", "save", "hostile", "memory")
"""Tried by `campaign_bench.py`."""


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LONG])
def test_a_benchmark_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--quick"]) in (0, 1)
    assert "measured" in capsys.readouterr().out


def test_a_missed_budget_is_told() -> None:
    good, bad = Row("a", 5.0, "µs", at_most=5), Row("b", 1.5, "×", at_least=1.6, compared="c 7")
    assert good.met
    assert not bad.met
    table = lines([good, bad, Row("d", 20_000, "records/s")])
    assert table[1].split() == ["a", "5.00", "µs", "≤", "5", "µs", "met"]
    assert "MISSED" in table[2] and table[2].endswith("c 7")
    assert table[3].split() == ["d", "20,000", "records/s"]
