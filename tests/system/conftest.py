"""What the tests of whole processes share: nobody measures which lines these run."""

import pytest


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    """A process starts in two thirds of the time, and the other tests run the same lines."""
    return {name: value for name, value in environment.items() if not name.startswith("COV")}
