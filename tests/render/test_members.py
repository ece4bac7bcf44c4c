"""The registry as a table: whose row it is stays readable beside any name."""

import pytest
from hostile import TEXTS

from trc_mee6.render.members import show_list
from trc_mee6.report import MemberState


def row_of(capsys, username, member_id="42", *, linked=False):
    show_list([MemberState(7, member_id, username, linked, 1, 0, 1, 0, 0, 1, 1, None)])
    return capsys.readouterr().out.splitlines()[1]


@pytest.mark.parametrize("username", [TEXTS["long"], TEXTS["heap of marks"], "x" * 32, "Ada"])
@pytest.mark.parametrize("member_id", ["42", "11111111-2222"])
def test_a_long_name_hides_neither_id_nor_that_it_is_unlinked(capsys, username, member_id):
    assert f" ({member_id}), unlinked " in row_of(capsys, username, member_id)


def test_a_name_that_shows_nothing_is_a_dash(capsys):
    for username in (None, TEXTS["only zero width"], TEXTS["only a filler"]):
        assert row_of(capsys, username).split()[:3] == ["7", "-", "(42),"]
