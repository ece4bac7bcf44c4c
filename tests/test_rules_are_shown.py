"""Every rule that the program keeps is named by a test of its own."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NAMED = set(
    re.findall(r"def test_r(\d+)_", "".join(file.read_text() for file in HERE.rglob("test_*.py")))
)


@pytest.mark.parametrize("rule", [str(n) for n in range(1, 18)])
def test_a_test_names_the_rule(rule):
    assert rule in NAMED
