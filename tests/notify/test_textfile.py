"""Metrics in a file, read back with prometheus-client's own parser as node_exporter would."""

import stat
from datetime import timedelta

import pytest
from figures import GUILDS, NOW, samples
from filelock import FileLock
from support import GUILD

from trc_mee6.notify.events import Measured
from trc_mee6.notify.telling import Telling
from trc_mee6.notify.textfile import Textfile

MEASURED = Measured(GUILD, GUILDS, NOW)


def test_all_guilds_of_the_database_are_in_it(tmp_path, told):
    file = tmp_path / "trc-mee6.prom"
    assert told(Textfile(file), MEASURED) is None
    found = samples(file.read_text())
    g = ("guild_id", str(GUILD))
    sync = (("command", "sync"), g)
    assert found["trc_mee6_runs_total", (*sync, ("status", "ok"))] == 90
    assert found["trc_mee6_runs_total", (*sync, ("status", "failed"))] == 2
    assert found["trc_mee6_requests_total", sync] == 184
    assert found["trc_mee6_points_awarded_total", sync] == 1000
    assert found["trc_mee6_points_deducted_total", sync] == 5
    assert found["trc_mee6_last_run_duration_seconds", sync] == 2.5
    assert found["trc_mee6_last_run_exit_code", sync] == 69
    assert found["trc_mee6_consecutive_failures", sync] == 2
    assert (
        found["trc_mee6_last_good_run_timestamp_seconds", sync]
        == (NOW - timedelta(minutes=45)).timestamp()
    )
    assert found["trc_mee6_last_good_sync_age_seconds", (g,)] == 2700
    assert found["trc_mee6_players", (g,)] == 240
    assert found["trc_mee6_members", (g, ("which", "linked"))] == 200
    assert found["trc_mee6_members", (g, ("which", "known"))] == 210
    assert found["trc_mee6_cooldown_seconds", (g,)] == 600
    assert found["trc_mee6_held", (g,)] == 1


def test_what_is_not_known_has_no_sample(tmp_path, told):
    file = tmp_path / "trc-mee6.prom"
    told(Textfile(file), MEASURED)
    other = {name for name, labels in samples(file.read_text()) if ("guild_id", "2") in labels}
    assert "trc_mee6_held" in other
    assert not other & {"trc_mee6_players", "trc_mee6_last_good_sync_age_seconds",
                        "trc_mee6_last_run_exit_code"}  # fmt: skip


def test_it_is_replaced_as_a_whole_and_readable_for_node_exporter(tmp_path, told):
    file = tmp_path / "trc-mee6.prom"
    file.write_text("old")
    file.chmod(0o600)
    before = file.stat().st_ino
    told(Textfile(file), MEASURED)
    assert file.stat().st_ino != before
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    left = {one.name for one in tmp_path.iterdir()}
    assert left == {file.name, f".{file.name}.lock"}  # of which node_exporter reads the first


def test_a_trial_leaves_the_metrics_and_marks_the_file_once(tmp_path, told):
    file = tmp_path / "trc-mee6.prom"
    telling = Telling([Textfile(file)])
    assert telling.test(NOW) == [("METRICS_TEXTFILE", None)]
    told(Textfile(file), MEASURED)
    plain = file.read_text()
    telling.test(NOW - timedelta(days=1))
    telling.test(NOW)
    found = samples(file.read_text())
    assert found["trc_mee6_notify_test_timestamp_seconds", ()] == NOW.timestamp()
    assert len(found) == len(samples(plain)) + 1


@pytest.mark.parametrize("name", ["nowhere/x.prom", "folder.prom"])
def test_a_file_that_cannot_be_written_is_told(tmp_path, told, name):
    (tmp_path / "folder.prom").mkdir()
    said = told(Textfile(tmp_path / name), MEASURED)
    assert said.startswith("the file cannot be written: ")
    left = {one.name for one in tmp_path.iterdir()}
    assert left <= {"folder.prom", ".folder.prom.lock"}


def test_of_two_runs_that_end_together_the_later_figures_stay(tmp_path, told):
    file = tmp_path / "trc-mee6.prom"
    told(Textfile(file), Measured(GUILD, GUILDS, NOW + timedelta(seconds=2)))
    later = file.read_text()
    assert told(Textfile(file), Measured(GUILD, GUILDS[:1], NOW)) is None
    assert file.read_text() == later


def test_a_clock_that_was_set_back_stops_no_figures(tmp_path, told):
    file = tmp_path / "trc-mee6.prom"
    told(Textfile(file), Measured(GUILD, GUILDS, NOW + timedelta(hours=2)))
    told(Textfile(file), MEASURED)
    assert samples(file.read_text())["trc_mee6_figures_timestamp_seconds", ()] == NOW.timestamp()


def test_a_file_that_somebody_else_keeps_locked_is_told(tmp_path, told):
    with FileLock(tmp_path / ".x.prom.lock"):
        said = told(Textfile(tmp_path / "x.prom"), MEASURED, patience=8)
    assert said == "another run has been writing the file for too long"
