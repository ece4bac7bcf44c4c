"""Fails every test that shows a secret.

All secrets of the tests bear one mark (`support.MARK`). After each phase of a test it is looked for
in everything that was written meanwhile: by the processes that the helpers of `support` and the
fixtures started, and by this process as pytest captured it.
"""

import re
from collections.abc import Iterator

import pytest
from support import MARK, written

_ANY_CASE = re.compile(re.escape(MARK), re.IGNORECASE)  # names of settings are shown in capitals
_TOLD = pytest.StashKey[bool]()


@pytest.fixture
def capsys(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """Look also at what a test reads: pytest's report has only what is left."""
    read = capsys.readouterr

    def readouterr():
        out, err = seen = read()
        written.extend((out, err))
        return seen

    capsys.readouterr = readouterr  # type: ignore[method-assign] # of this one only
    return capsys


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Iterator[None]:
    """Turn the report of a test that showed a secret into a failure."""
    report = yield
    found = list(_lines_with_secrets([*written, *(text for _, text in report.sections)]))
    written.clear()
    if found and not item.stash.get(_TOLD, False):
        item.stash[_TOLD] = True  # a later phase's report has the same sections again
        said = "\n".join(["This test shows a secret:", *found])
        if report.failed:
            report.sections.append(("Secrets shown", said))
        else:
            report.outcome, report.longrepr = "failed", said
    return report


def _lines_with_secrets(texts: list[str]) -> Iterator[str]:
    for text in texts:
        for line in text.splitlines():
            if _ANY_CASE.search(line):
                yield _ANY_CASE.sub("(here it stood)", line)
