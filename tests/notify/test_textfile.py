"""Metrics in a file, read back with prometheus-client's own parser as node_exporter would."""

import stat
from datetime import timedelta

import pytest
from figures import GUILDS, NOW, samples
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
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


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
    assert [one.name for one in tmp_path.iterdir()] == ["folder.prom"]
