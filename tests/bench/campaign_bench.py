"""The benchmarks that take longest, tried: what they measure is no matter here."""

import pytest

from tests.bench.__main__ import main
from tests.bench.test_bench import LONG


@pytest.mark.parametrize("name", LONG)
def test_a_benchmark_runs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--quick"]) in (0, 1)
    assert "measured" in capsys.readouterr().out
