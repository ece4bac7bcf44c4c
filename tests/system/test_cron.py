"""crontab.example in Debian's own cron, at the minutes it names, and its lines in every zone.

That cron is alone in a mount and process namespace, with folders of its own in place of the
machine's. Its clock, and that of its jobs, is set to shortly before a full minute.
"""

import os
import re
import shutil
import subprocess
import sys
import zoneinfo
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from support import GUILD, clock_at, run_to_end, until

from trc_mee6.standin import Board

EXAMPLE = (Path(__file__).parents[2] / "crontab.example").read_text()
CRON = shutil.which("cron", path="/usr/sbin")
KATHMANDU = "<+0545>-5:45"  # as the C library takes it where there is no tz database

IN_A_PLACE_OF_ITS_OWN = """
mount --make-rprivate /
mount --bind "$0/spool" /var/spool/cron
mount --bind "$0/sbin" /usr/sbin
mount --bind "$0/run" /run
mount --bind "$0/empty" /etc/cron.d
mount --bind "$0/nothing" /etc/crontab
mount --bind "$0/passwd" /etc/passwd
mount --bind "$0/pam" /etc/pam.d/cron
exec /usr/sbin/cron -f
"""
SENDMAIL = """#!/bin/sh
cat > "$(mktemp "{mails}/XXXXXX")"
"""
# The machine's may want what a container does not have, such as an audit system.
PAM = "account required pam_permit.so\nsession required pam_permit.so\n"


def minutes_of(job):
    """The minutes of the hour in which cron comes by."""
    (field,) = re.findall(rf"^(\S+) \* \* \* \* .+ {job}\b", EXAMPLE, re.MULTILINE)
    if field.startswith("*/"):
        return set(range(0, 60, int(field[2:])))
    return {int(minute) for minute in field.split(",")}


@cache
def zones():
    names = zoneinfo.available_timezones()
    if not names and "CI" not in os.environ:
        pytest.skip("needs a tz database (Debian package tzdata)")
    assert len(names) > 400
    return [zoneinfo.ZoneInfo(name) for name in sorted(names)]


def test_in_every_zone_there_is_a_sync_at_midnight_utc_and_streaks_follow_at_0005():
    """The guard holds for one minute a day; cron must come by in it, whatever the day."""
    assert re.findall(r'test "\$\(date -u \+\\%H\\%M\)" = (\d+) && ', EXAMPLE) == ["0005"]
    sync, streaks = minutes_of("sync"), minutes_of("streaks")
    for day in range(366):
        midnight = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        for zone in zones():
            assert midnight.astimezone(zone).minute in sync
            assert (midnight + timedelta(minutes=5)).astimezone(zone).minute in streaks


def test_the_later_times_that_it_names_come_up_in_every_zone_too():
    """Every zone is some quarters of an hour away from UTC, as the test above shows."""
    (named,) = re.findall(r"put (\d+), (\d+) or (\d+) in place of 0005", EXAMPLE)
    for minute in map(int, named):
        assert {(minute + quarter) % 60 for quarter in (0, 15, 30, 45)} == minutes_of("streaks")


@pytest.fixture
def place(tmp_path):
    """What cron finds in place of the machine's folders, and the home of the user `me`."""
    if CRON is None and "CI" not in os.environ:
        pytest.skip("needs the program cron (Debian package of that name)")
    if shutil.which("faketime") is None and "CI" not in os.environ:
        pytest.skip("needs the program faketime (Debian package of that name)")
    tried = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "mount", "--make-rprivate", "/"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if tried.returncode != 0 and not ("CI" in os.environ and os.geteuid() == 0):
        pytest.skip(f"a namespace of its own is not permitted here: {tried.stderr.strip()}")
    for folder in ("spool/crontabs", "sbin", "run", "empty", "mails", "me/.local/bin"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(CRON, tmp_path / "sbin")
    sendmail = tmp_path / "sbin/sendmail"
    sendmail.write_text(SENDMAIL.format(mails=tmp_path / "mails"))
    sendmail.chmod(0o755)
    (tmp_path / "nothing").touch()
    (tmp_path / "pam").write_text(PAM)
    # Root under another name, who may read the clone and its Python wherever they are.
    (tmp_path / "passwd").write_text(
        f"root:x:0:0::/root:/bin/sh\nme:x:0:0::{tmp_path / 'me'}:/bin/sh\n"
    )
    program = Path(sys.executable).with_name("trc-mee6")
    (tmp_path / "me/.local/bin/trc-mee6").symlink_to(program)
    return tmp_path


class Cron:
    """Debian's cron with the lines of crontab.example, at some moments."""

    def __init__(self, place):
        self.place = place
        self.leaderboard = place / "me/leaderboard.md"

    @contextmanager
    def shortly_before(self, moment, crontab=EXAMPLE):
        """Let cron run from 3 seconds before a full minute on; end when its jobs have ended."""
        clock = clock_at(moment - timedelta(seconds=3)) | {"TZ": KATHMANDU}
        file = self.place / "spool/crontabs/me"
        head = "".join(f"{name}={value}\n" for name, value in clock.items())
        file.write_text(head + crontab.replace("/home/me/", f"{self.place / 'me'}/"))
        file.chmod(0o600)
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        process = subprocess.Popen(
            [*namespaces, "sh", "-ec", IN_A_PLACE_OF_ITS_OWN, str(self.place)],
            env={"PATH": "/usr/bin:/bin"} | clock,
        )
        try:
            until((self.place / "run/crond.pid").exists)
            yield
            (cron,) = _children(process.pid)
            until(lambda: not _children(cron))
        finally:
            process.kill()
            process.wait()
            (self.place / "run/crond.pid").unlink(missing_ok=True)

    def trc_mee6(self, moment, *arguments):
        """Run a command by hand at some moment."""
        home = self.place / "me"
        command = [str(home / ".local/bin/trc-mee6"), "--env-file", "trc-mee6.env", *arguments]
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"} | clock_at(moment)
        return run_to_end(command, environment, home)

    def run(self, job, moment):
        """The last recorded run of a job: its status and start."""
        document = self.trc_mee6(moment, "status", "--format", "json").document
        run = document["runs"][job]
        return run and (run["status"], run["started_at"][:16])

    def mails(self):
        return [mail.read_text() for mail in (self.place / "mails").iterdir()]


def _children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.fixture
def cron(place, stand_in):
    (place / "me/trc-mee6.env").write_text(
        f"MEE6_GUILD_ID={GUILD}\nMEE6_BASE_URL={stand_in.url}\nMEE6_REQUEST_INTERVAL=0\n"
    )
    return Cron(place)


@pytest.mark.long
def test_debians_cron_runs_every_line_in_its_minute_and_mails_only_what_is_wrong(cron, stand_in):
    """In Kathmandu, where it is 05:45 at midnight UTC."""
    board = stand_in.add(Board(GUILD, 25))
    evening = datetime(2026, 11, 24, 23, 0, tzinfo=UTC)  # a Tuesday
    assert cron.trc_mee6(evening, "sync", "--enroll-all").code == 0

    board.chat(1.0)
    midnight = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
    with cron.shortly_before(midnight):
        until(lambda: cron.run("sync", midnight) == ("ok", "2026-11-25T00:00"))
        until(cron.leaderboard.exists)
    assert cron.run("streaks", midnight) is None

    cron.leaderboard.unlink()
    five_past = datetime(2026, 11, 25, 0, 5, tzinfo=UTC)
    with cron.shortly_before(five_past):
        until(lambda: cron.run("streaks", five_past) == ("ok", "2026-11-25T00:05"))
        until(cron.leaderboard.exists)
    assert cron.run("sync", five_past) == ("ok", "2026-11-25T00:00")

    cron.leaderboard.unlink()
    with cron.shortly_before(datetime(2026, 11, 25, 1, 5, tzinfo=UTC)):
        until(cron.leaderboard.exists)
    assert cron.run("streaks", five_past) == ("ok", "2026-11-25T00:05")
    assert cron.mails() == []

    stand_in.boards.clear()
    quarter_past = datetime(2026, 11, 25, 1, 15, tzinfo=UTC)
    with cron.shortly_before(quarter_past):
        until(lambda: cron.run("sync", quarter_past) == ("failed", "2026-11-25T01:15"))
    (mail,) = cron.mails()
    assert "\nTo: me@example.org\n" in mail
    assert "sync --enroll-all\n" in mail
    assert "knows no guild" in mail


def test_the_line_for_discord_posts_last_week_on_mondays_once_it_is_taken_in(
    cron, stand_in, channel
):
    """It has a # in front, because it needs a setting."""
    stand_in.add(Board(GUILD, 5))
    monday = datetime(2026, 11, 30, 0, 20, tzinfo=UTC)
    assert cron.trc_mee6(monday, "sync", "--enroll-all").code == 0
    with (cron.place / "me/trc-mee6.env").open("a") as settings:
        settings.write(f"DISCORD_WEBHOOK_URL={channel.url}\n")
    line = re.search(r"^#(.* leaderboard --post .*\n)", EXAMPLE, re.MULTILINE)
    crontab = EXAMPLE.replace(line[0], line[1])
    for moment in (monday, monday + timedelta(days=7)):
        before = len(channel.messages)
        with cron.shortly_before(moment, crontab):
            until(lambda many=before: len(channel.messages) > many)
    titles = [message.embed["title"].replace("\\", "") for message in channel.messages.values()]
    assert titles == [
        f"The Stand-In: by points, {week}"
        for week in ("2026-11-23 to 2026-11-29", "2026-11-30 to 2026-12-06")
    ]
    assert cron.mails() == []
