"""Files that are there as a whole or not at all."""

import os
import stat

import pytest

from trc_mee6.errors import ConfigError
from trc_mee6.render.files import write_atomically


def failing():
    yield "half"
    raise RuntimeError


def test_a_new_file_gets_the_mode_of_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new", ["a", "b\r\n", "\ud800"])
    finally:
        os.umask(before)
    assert (tmp_path / "new").read_bytes() == b"ab\r\n?"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_a_failure_in_the_middle_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "board"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        write_atomically(path, failing())
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("board", "old")]


def test_what_is_no_regular_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="is no regular file"):
        write_atomically(tmp_path / "pipe", ["x"])
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
