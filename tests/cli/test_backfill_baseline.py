"""`trc-mee6 backfill-baseline` as a process: it asks before it does what cannot be undone."""

import pytest
from cli.conftest import plain

ADA = 100000000000000000


def standing(run):
    member = run("members", "show", str(ADA), "--format", "json").document["member"]
    return member["baseline_xp"], member["leftover_xp"], member["points"]


@pytest.fixture
def linked(run, board):
    board.join(ADA, 550, "Ada")
    run("members", "link", str(ADA))
    return board


def test_r3_everybody_without_one_gets_a_baseline_and_no_points(run, linked):
    dry = run("backfill-baseline", "--dry-run")
    assert "1 given a baseline" in dry.out
    assert standing(run) == (None, 0, 0)
    ran = run("backfill-baseline")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "backfill-baseline ok: 1 player on 2 pages, 1 member tracked, 1 given a baseline\n"
    )
    assert standing(run) == (550, 0, 0)


@pytest.mark.parametrize("option", ["--reset", "--credit-history"])
def test_away_from_a_terminal_it_needs_yes(run, linked, stand_in, option):
    refused = run("backfill-baseline", option)
    assert refused.code == 2
    assert f"{option}: nobody can be asked here, so it needs --yes. This t" in refused.err
    assert "Try: trc-mee6 backfill-baseline --help" in refused.err
    assert stand_in.asked == []
    assert run("backfill-baseline", option, "--dry-run").code == 0
    assert run("backfill-baseline", option, "--yes").code == 0


def test_on_a_terminal_it_asks_and_no_means_no(run, terminal, linked):
    no = terminal("backfill-baseline", "--credit-history", typed="n\n")
    assert (no.code, standing(run)) == (130, (None, 0, 0))
    assert "turns all XP that members without a baseline ever earned into points" in no.out
    assert "Nothing was done." in no.out
    yes = terminal("backfill-baseline", "--credit-history", typed="y\n")
    assert (yes.code, standing(run)) == (0, (0, 50, 5))
    assert "backfill-baseline ok" in plain(yes.out)
    linked.gain(ADA, 25)
    reset = terminal("backfill-baseline", "--reset", typed="y\n")
    assert (reset.code, standing(run)) == (0, (575, 0, 5))  # points are kept
