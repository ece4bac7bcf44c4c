"""`trc-mee6 leaderboard --post` as a process: what it sends, prints and exits with."""

import signal
import time
from datetime import UTC, datetime

import pytest
from cli.schemas import FAILURE, POSTED, conforms
from discord_api import BAD_TOKEN, NO_WEBHOOK, WEBHOOK, too_many
from hostile import TEXTS, unclean
from support import PASSWORD, until

from trc_mee6.store.connect import open_store

ADA = 100000000000000001


@pytest.fixture
def season(board, sync_at):
    """Three members with points of 12 January."""
    for number, name in enumerate(("Ada", "Bea", "Cal")):
        board.join(ADA + number, 1000, name)
    sync_at(datetime(2026, 1, 12, 9, tzinfo=UTC))
    for number in range(3):
        board.gain(ADA + number, 300 - 100 * number)
    sync_at(datetime(2026, 1, 12, 10, tzinfo=UTC))
    return board


@pytest.fixture
def post(run, channel, season):
    """Run `leaderboard --post` with more words."""

    def run_it(*words, before=(), **settings):
        settings = {"DISCORD_WEBHOOK_URL": channel.url} | settings
        return run(*before, "leaderboard", "--post", *words, **settings)

    return run_it


def test_a_line_says_what_was_done_and_cron_hears_nothing(post, channel):
    first = post()
    (number,) = channel.messages
    assert (first.code, first.err) == (0, "")
    assert first.out == f"leaderboard posted (message {number}): 3 of 3 members, with the chart\n"
    quiet = post(before=["--quiet"])
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert channel.only.edits == 1
    anew = post("--new")
    assert anew.out.startswith(f"leaderboard posted (message {number + 1}): 3 of 3 members")
    assert len(channel.messages) == 2


def test_the_message_holds_what_is_asked_for(post, channel):
    words = ("--by", "xp", "--since", "2026-01-12", "--until", "2026-01-12", "--top", "2")
    assert post(*words).code == 0
    assert channel.only.embed["title"] == r"The Stand\-In\: by XP, 2026\-01\-12"
    assert channel.only.embed["description"].splitlines() == [
        "🥇 **Ada** · **+300 XP** new", "🥈 **Bea** · **+200 XP** new", "… and 1 more",
    ]  # fmt: skip
    assert channel.only.embed["timestamp"] == "2026-01-12T10:00:00Z"


def test_the_document_has_the_leaderboard_and_the_post(post, channel):
    ran = post("--format", "json", "--top", "2")
    assert (ran.code, ran.err) == (0, "")
    conforms(ran.document, POSTED)
    assert [entry["username"] for entry in ran.document["entries"]] == ["Ada", "Bea"]
    (number,) = map(str, channel.messages)
    said = {"status": "posted", "message_id": number, "chart": True, "dry_run": False}
    assert ran.document["post"] == said
    dry = post("--format", "json", "--dry-run")
    conforms(dry.document, POSTED)
    assert dry.document["post"] == said | {"status": "edited", "dry_run": True}
    assert channel.only.edits == 0


def test_a_dry_run_shows_the_message_and_sends_nothing(post, channel):
    ran = post("--dry-run")
    assert (ran.code, ran.err) == (0, "")
    first, *message = ran.out.splitlines()
    assert first.startswith("leaderboard would be posted: 3 of 3 members, with")
    assert message == [
        r"The Stand\-In\: by points",
        "🥇 **Ada** · **3 points**",
        "🥈 **Bea** · **2 points**",
        "🥉 **Cal** · **1 point**",
    ]
    assert channel.asked == []


def test_a_dry_run_shows_names_from_right_to_left_as_they_are(post, season, sync_at):
    season.join(ADA, 2000, "أحمد")
    sync_at(datetime(2026, 1, 12, 11, tzinfo=UTC))
    ran = post("--dry-run", "--top", "1")
    assert ran.out.splitlines()[2].startswith("🥇 **أحمد** · **")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--new",), "--new: it goes with --post"),
        (("--dry-run",), "--dry-run: it goes with --post"),
        (("--post", "--output", "x.json"), "--post / --output: give one of the two"),
        (("--post", "--around", str(ADA)), "--around: it does not go with --post"),
        (("--post", "--format", "csv"), "--format: with --post it is table or json"),
    ],
)
def test_options_that_mean_nothing_together_are_refused(run, words, says):
    ran = run("leaderboard", *words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


def test_without_the_setting_it_says_what_to_do(post):
    ran = post(DISCORD_WEBHOOK_URL=None)
    assert (ran.code, ran.out) == (78, "")
    assert "DISCORD_WEBHOOK_URL is not set" in ran.err


@pytest.mark.parametrize(("answer", "log"), [(NO_WEBHOOK, "text"), (BAD_TOKEN, "json")])
def test_a_webhook_that_is_gone_is_named_and_not_shown(post, channel, answer, log):
    channel.answers = [answer]
    before = ("--log-level", "debug", "--log-format", log)
    ran = post("--format", "json", before=before)
    assert ran.code == 78
    conforms(ran.document, FAILURE)
    assert ran.document["reason"].startswith("DISCORD_WEBHOOK_URL: Discord knows no such webhook")
    for secret in (PASSWORD, str(WEBHOOK), channel.url):
        assert secret not in ran.out + ran.err


def test_a_429_for_longer_than_a_command_waits_is_told(post, channel):
    channel.answers = [too_many(0.1), too_many(3600)]
    ran = post(before=["--quiet"])
    assert (ran.code, ran.out) == (75, "")
    assert "asks to be left alone for 3600 seconds. The message stays as it was" in ran.err
    assert channel.messages == {}


def test_a_signal_ends_the_wait_for_discord(start, channel, season):
    channel.answers = [too_many(60)]
    process = start("leaderboard", "--post", DISCORD_WEBHOOK_URL=channel.url)
    until(lambda: channel.asked)
    time.sleep(0.2)  # from the request's arrival to the wait
    sent = time.monotonic()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (143, "")
    assert time.monotonic() - sent < 5
    assert "Stopped." in err
    assert "Look at the channel: the message may be there." in err
    assert channel.messages == {}


def test_a_signal_while_discord_takes_the_message_lets_it_be_remembered(
    start, channel, season, sqlite_url
):
    channel.takes = 1.0
    process = start("leaderboard", "--post", DISCORD_WEBHOOK_URL=channel.url)
    until(lambda: channel.messages)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    (number,) = channel.messages
    assert (process.returncode, err) == (0, "")
    assert out.startswith(f"leaderboard posted (message {number})")
    with open_store(sqlite_url) as store:
        assert store.row("SELECT message_id FROM discord_post") == (number,)


def test_hostile_names_are_taken_by_discord_and_steer_no_terminal(run, channel, board, sync_at):
    board.name = "".join(text for text in TEXTS.values() if len(text) < 100)
    for number, text in enumerate(TEXTS.values()):
        board.join(ADA + number, 1000, text)
    sync_at(datetime(2026, 1, 12, 9, tzinfo=UTC))
    url = {"DISCORD_WEBHOOK_URL": channel.url}
    dry = run("leaderboard", "--post", "--top", "0", "--dry-run", **url)
    assert (dry.code, dry.err) == (0, "")
    assert unclean(dry.out) == []
    sent = run("leaderboard", "--post", "--top", "0", **url)
    assert (sent.code, sent.err) == (0, "")
    assert len(channel.only.embed["description"].splitlines()) > 50
