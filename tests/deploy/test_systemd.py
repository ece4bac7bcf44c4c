"""The units of deploy/systemd, as systemd's own programs read them; and what they run, run here.

Nothing here starts a unit: that takes a machine on which systemd runs.
"""

import os
import re
import shutil
import stat
import sys
from pathlib import Path

import pytest
from support import GUILD, PROGRAM, run_to_end

from trc_mee6.standin import Board

UNITS = Path(__file__).parents[2] / "deploy/systemd"
DOCS = (Path(__file__).parents[2] / "docs/systemd.md").read_text()
INSTALLED = "/opt/trc-mee6/bin/trc-mee6"
JOBS = ("sync", "streaks", "leaderboard")
SERVICES = [f"trc-mee6-{job}@.service" for job in JOBS]
TIMERS = [f"trc-mee6-{job}@.timer" for job in JOBS]
COMMON = "trc-mee6-@.service.d/common.conf"
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns")


def value_of(unit, name):
    """The one value that a unit has, from its own file or what the services share."""
    files = (unit, COMMON) if unit in SERVICES else (unit,)
    text = "".join((UNITS / file).read_text() for file in files)
    (value,) = re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)
    return value


@pytest.fixture
def units(tmp_path):
    """The units where systemd finds them, with the program that is tested."""
    folder = tmp_path / "units"
    shutil.copytree(UNITS, folder)
    program = str(Path(sys.executable).with_name("trc-mee6"))
    for service in SERVICES:
        text = (folder / service).read_text()
        assert f"\nExecStart={INSTALLED} " in text
        (folder / service).write_text(text.replace(INSTALLED, program))
    return folder


@pytest.fixture
def analyze(units, environment):
    """Run systemd-analyze on the units, as if there were no others but systemd's own."""
    if shutil.which("systemd-analyze") is None and "CI" not in os.environ:
        pytest.skip("needs the program systemd-analyze (Debian package systemd)")

    def run_analyze(*arguments, **variables):
        known = environment | {"SYSTEMD_UNIT_PATH": f"{units}:/usr/lib/systemd/system"}
        return run_to_end(["systemd-analyze", *arguments], known | variables, units)

    return run_analyze


def test_all_units_are_named_here():
    files = {str(file.relative_to(UNITS)) for file in UNITS.rglob("*") if file.is_file()}
    assert files == {*SERVICES, *TIMERS, COMMON}


def test_the_docs_name_every_timer_and_no_unit_that_is_not_there():
    found = re.findall(r"(trc-mee6-[a-z]+@)\w*(\.timer|\.service)", DOCS)
    assert {*TIMERS} <= {name + kind for name, kind in found} <= {*TIMERS, *SERVICES}
    assert f"trc-mee6-{{{','.join(JOBS)}}}@main.timer" in DOCS


@pytest.mark.parametrize("unit", [*SERVICES, *TIMERS])
def test_systemd_finds_nothing_wrong(analyze, unit):
    verified = analyze("verify", "--man=no", f"./{unit}")
    assert (verified.code, verified.out, verified.err) == (0, "", "")


@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        (COMMON, "ProtectSystem", "ProtectSystems"),
        (COMMON, "oneshot", "once"),
        (SERVICES[0], "/bin/trc-mee6", "/bin/trc-mee7"),
        (TIMERS[0], "*:0/15", "*:0/99"),
    ],
)
def test_what_is_broken_would_be_found(analyze, units, file, right, wrong):
    text = (units / file).read_text()
    assert text.count(right) == 1
    (units / file).write_text(text.replace(right, wrong))
    verified = analyze("verify", "--man=no", f"./{TIMERS[0]}", f"./{SERVICES[0]}")
    assert wrong in verified.err


@pytest.mark.parametrize("service", SERVICES)
def test_services_can_reach_little_of_the_machine(analyze, units, service):
    """Of the 10 points of exposure, what is left is mostly the network, which they need."""
    judge = ("security", "--offline=yes", "--threshold=15", service.replace("@", "@main"))
    judged = analyze(*judge)
    assert judged.code == 0, judged.out
    (units / COMMON).unlink()
    assert analyze(*judge).code != 0


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("timer", "times"),
    [
        (TIMERS[0], ["00:00:00", "00:15:00", "00:30:00", "00:45:00", "01:00:00"]),
        (TIMERS[1], ["00:05:00"] * 5),
        (TIMERS[2], ["00:00:00", "00:05:00", "00:10:00", "00:15:00", "00:20:00"]),
    ],
)
def test_timers_elapse_at_these_times_utc_in_every_zone(analyze, timer, times, zone):
    elapses = analyze(
        "calendar", "--base-time=2026-11-24 23:59:59 UTC", "--iterations=5",
        value_of(timer, "OnCalendar"), TZ=zone,
    )  # fmt: skip
    assert re.findall(r": \w{3} 2026-\d\d-\d\d (\S+) UTC$", elapses.out, re.MULTILINE) == times


@pytest.fixture
def run_unit(environment, tmp_path):
    """Run what a service of the instance `main` runs, with its umask and folders of this test."""
    cache = tmp_path / "cache"
    (cache / "trc-mee6").mkdir(parents=True)
    places = {"%d": str(tmp_path), "%C": str(cache), "%i": "main"}

    def run_service(service):
        command = value_of(service, "ExecStart")
        for specifier, place in places.items():
            command = command.replace(specifier, place)
        program, *arguments = command.split()
        assert program == INSTALLED
        assert "%" not in command
        shell = ["sh", "-c", f'umask {value_of(service, "UMask")}; exec "$@"', "sh"]
        return run_to_end([*shell, *PROGRAM, *arguments], environment, tmp_path)

    return run_service


def test_what_the_services_run_does_its_job(run_unit, stand_in, tmp_path):
    stand_in.add(Board(GUILD, 25))
    database = tmp_path / "trc-mee6.db"
    credential, _, file = value_of(SERVICES[0], "LoadCredential").partition(":")
    assert file == "/etc/trc-mee6/%i.env"
    (tmp_path / credential).write_text(
        f"MEE6_GUILD_ID={GUILD}\nMEE6_BASE_URL={stand_in.url}\nMEE6_REQUEST_INTERVAL=0\n"
        f"DATABASE_URL=sqlite:///{database}\n"
    )
    sync, streaks, leaderboard = map(run_unit, SERVICES)
    assert (sync.code, sync.err) == (0, "")
    assert sync.out.startswith("sync ok: 25 players")
    assert (streaks.code, streaks.err) == (0, "")
    assert streaks.out.startswith("streaks ok: ")
    assert (leaderboard.code, leaderboard.out, leaderboard.err) == (0, "", "")
    written = tmp_path / "cache/trc-mee6/main.md"
    assert "| 1 | " in written.read_text()
    assert stat.S_IMODE(written.stat().st_mode) == 0o644  # a web server may read it
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
