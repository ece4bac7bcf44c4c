"""`trc-mee6 demo` as a process: what a newcomer sees."""

import re
import signal
import time

from cli.conftest import until


def test_it_shows_the_whole_job_in_half_a_minute_and_leaves_nothing_behind(run, tmp_path):
    begun = time.monotonic()
    elsewhere = {"MEMBERS_SQL": "SELECT 1", "XP_PER_POINT": 7, "http_proxy": "http://127.0.0.1:9"}
    ran = run("demo", TMPDIR=tmp_path, MEE6_GUILD_ID=None, DATABASE_URL="x", **elsewhere)
    assert (ran.code, ran.err, time.monotonic() - begun < 30) == (0, "", True)
    assert "240 players on 3 pages, 240 members tracked, 240 enrolled" in ran.out
    assert re.search(r"96 changed \(XP \+[\d,]+, points \+\d+\)", ran.out)
    assert "Café Stand-In: by points" in ran.out
    assert "240 members audited, every point and streak accounted for" in ran.out
    assert "trc-mee6 sync --guild YOUR_SERVER_ID --enroll-all" in ran.out
    assert list(tmp_path.iterdir()) == []


def test_quiet_it_shows_nothing(run):
    ran = run("-q", "demo", "--players", "1")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_stopped_it_ends_at_once(start, tmp_path):
    process = start("demo", TMPDIR=tmp_path)
    until(lambda: list(tmp_path.glob("trc-mee6-demo-*/*.board-*.lock")))
    sent = time.monotonic()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, time.monotonic() - sent < 3) == (143, True)
    assert "trc-mee6: sync interrupted: " in err
    assert "leaderboard" not in out
    assert list(tmp_path.iterdir()) == []
