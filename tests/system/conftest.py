"""What the tests of whole processes share: they are many, and other tests run the same lines."""

import pytest


@pytest.fixture
def measured() -> dict[str, str]:
    return {}
