"""`leaderboard --post` as a job: one message, edited, whatever happens between two runs."""

import struct
import sys

import pytest
from discord_api import BAD_TOKEN, NO_WEBHOOK, THREAD, Answer, too_many
from support import GUILD, PASSWORD, START

from trc_mee6.errors import ConfigError, DatabaseUnavailable, DiscordUnavailable, LockHeld
from trc_mee6.jobs import post as posting
from trc_mee6.jobs.board import sync
from trc_mee6.jobs.leaderboard import leaderboard
from trc_mee6.jobs.post import content, post
from trc_mee6.rules.days import period
from trc_mee6.store.connect import open_store
from trc_mee6.store.locks import POST, run_lock


@pytest.fixture
def crowd(board, make_job, clock):
    """Five members with points of a sync a quarter of an hour ago."""
    for number, name in enumerate(("Ada", "Bea", "Cal", "Dot", "Eve")):
        board.join(100000000000000001 + number, 1000, name)
    assert sync(make_job(), enroll_all=True).exit_code == 0
    for number, who in enumerate(list(board.players)):
        board.gain(who, 100 * (5 - number))
    clock.forward(minutes=15)
    assert sync(make_job()).exit_code == 0
    clock.forward(minutes=15)
    return board


@pytest.fixture
def send(make_job, channel, clock, crowd):
    """Post the leaderboard of the guild."""

    def send_it(*, anew=False, top=25, dry_run=False, url=None, days="all", **choice):
        job = make_job(discord_webhook_url=url or channel.url, dry_run=dry_run)
        over = period(days, clock.now().date())
        board = leaderboard(job.store, GUILD, "points", over, top, clock.now(), **choice)
        return post(job, content(job.store, board), anew=anew)

    return send_it


def test_the_first_run_posts_and_the_next_edit_that_message(send, channel):
    first = send()
    assert (first.status, list(channel.messages)) == ("posted", [first.message_id])
    assert channel.only.embed["timestamp"] == "2026-01-05T12:15:00Z"
    second = send(top=2)
    assert (second.status, second.message_id) == ("edited", first.message_id)
    assert len(second.entries) == 2
    assert channel.only.embed["description"].endswith("\n… and 3 more")
    assert channel.only.edits == 1


def test_the_chart_is_in_the_message_and_each_edit_replaces_it(send, channel, board):
    assert send().has_chart
    first = channel.only.pictures["growth.png"]
    assert channel.only.embed["image"] == {"url": "attachment://growth.png"}
    width, height = struct.unpack(">II", first[16:24])
    assert width == 960  # sharp on a phone
    assert 500 < height < 1000
    assert len(set(first)) > 200  # not blank
    send(top=1)
    assert list(channel.only.pictures) == ["growth.png"]
    assert channel.only.pictures["growth.png"] != first


def test_a_leaderboard_without_anybody_says_so_and_shows_nobodys_chart(send, channel):
    assert not send(active=10_000).has_chart
    assert channel.only.pictures == {}
    assert channel.only.embed["description"].startswith("Nobody gained 10,000 XP in the last 30")


def test_points_of_one_source_have_no_chart_which_would_show_those_of_all(send, channel):
    assert send(days="week").has_chart
    assert not send(source="mee6").has_chart
    assert channel.only.pictures == {}


def test_chart_and_ranking_are_of_one_moment(store, crowd, database_url, clock):
    with store.snapshot():
        days = period("all", clock.now().date())
        board = leaderboard(store, GUILD, "points", days, 5, clock.now())
        with open_store(database_url) as other:
            other.sql("UPDATE member SET points = points + 1000")
        read = content(store, board)
    ranked = {one.discord_id: one.points for one in read.entries}
    assert max(ranked.values()) < 1000
    assert {line.discord_id: line.values[-1] for line in read.grown.lines} == ranked


@pytest.mark.parametrize("missing", ["altair", "vl_convert"])
def test_without_the_libraries_it_is_posted_without_the_chart_and_says_so(
    send, channel, monkeypatch, caplog, missing
):
    monkeypatch.setitem(sys.modules, missing, None)
    assert not send().has_chart
    assert channel.only.pictures == {}
    assert "image" not in channel.only.embed
    (line,) = caplog.records
    assert "post.no_chart" in caplog.text
    assert "its extra charts" in caplog.text
    assert line.levelname == "WARNING"


def test_a_new_message_is_posted_if_wanted_and_edited_from_then_on(send, channel):
    first, second = send(), send(anew=True)
    assert (second.status, set(channel.messages)) == (
        "posted", {first.message_id, second.message_id},
    )  # fmt: skip
    assert send().message_id == second.message_id
    assert [channel.messages[one.message_id].edits for one in (first, second)] == [0, 1]


def test_a_message_that_was_deleted_is_posted_anew(send, channel):
    first = send()
    channel.messages.clear()
    second = send()
    assert (second.status, list(channel.messages)) == ("posted", [second.message_id])
    assert second.message_id != first.message_id
    assert send().status == "edited"


def test_a_thread_and_another_webhook_have_messages_of_their_own(send, channel):
    in_channel = send()
    in_thread = send(url=f"{channel.url}?thread_id={THREAD}")
    assert (in_thread.status, channel.messages[in_thread.message_id].thread) == ("posted", THREAD)
    assert send().message_id == in_channel.message_id
    assert send(url=f"{channel.url}?thread_id={THREAD}").message_id == in_thread.message_id


def test_a_dry_run_sends_nothing_and_says_what_it_would_do(send, channel, store):
    dry = send(dry_run=True)
    assert (dry.status, dry.message_id, dry.dry_run) == ("posted", None, True)
    assert dry.description.startswith("🥇 **")
    assert channel.asked == []
    first = send()
    again, anew = send(dry_run=True), send(dry_run=True, anew=True)
    assert (again.status, again.message_id) == ("edited", first.message_id)
    assert (anew.status, anew.message_id) == ("posted", None)
    assert channel.only.edits == 0


def test_without_a_webhook_it_says_how_to_make_one(make_job, crowd, clock):
    job = make_job()
    board = leaderboard(job.store, GUILD, "points", period("all", clock.now().date()), 5, START)
    with pytest.raises(ConfigError, match=r"DISCORD_WEBHOOK_URL is not set.*Integrations"):
        post(job, content(job.store, board))


@pytest.mark.parametrize("answer", [NO_WEBHOOK, BAD_TOKEN])
def test_a_webhook_that_is_gone_keeps_what_is_remembered(send, channel, answer):
    first = send()
    channel.answers = [answer]
    with pytest.raises(ConfigError, match="DISCORD_WEBHOOK_URL"):
        send()
    assert send().message_id == first.message_id


def test_an_edit_that_fails_leaves_the_message_and_its_memory(send, channel):
    first = send()
    channel.answers = [Answer(500)] * 4
    with pytest.raises(DiscordUnavailable):
        send(top=1)
    assert channel.only.edits == 0
    assert send().message_id == first.message_id


def test_a_429_between_is_obeyed_by_the_jobs_clock(send, channel, clock):
    send()
    before = len(clock.slept)
    channel.answers = [too_many(12.5), too_many(3, all_routes=True)]
    assert send().status == "edited"
    assert clock.slept[before:] == [13, 3]


def test_two_at_once_post_one_message(send, channel, store, database_url, clock):
    lock = f"{POST}-{GUILD}"
    with open_store(database_url) as other:
        with run_lock(other, lock, "leaderboard --post", clock.now()):
            with pytest.raises(LockHeld, match="leaderboard --post"):
                send()
    assert channel.asked == []
    assert send().status == "posted"


def test_whoever_is_killed_before_the_note_leaves_one_message_too_many(send, channel, store):
    send()
    store.sql("DELETE FROM discord_post")  # as if the note had not been made
    second = send()
    assert (second.status, len(channel.messages)) == ("posted", 2)
    assert send().message_id == second.message_id


def test_a_message_that_cannot_be_noted_is_told_with_its_id(send, channel, store):
    store.sql("DROP TABLE discord_post")
    with pytest.raises(DatabaseUnavailable, match=r"was posted \(id 4.*Delete it") as failed:
        send(anew=True)
    assert str(*channel.messages) in str(failed.value)
    assert "undone" not in str(failed.value)


def test_a_mistake_of_ours_is_no_failure_of_the_database(send, channel, monkeypatch):
    monkeypatch.setattr(posting, "remember", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send()


def test_the_token_is_not_in_the_database(send, store):
    send()
    rows = store.sql("SELECT * FROM discord_post").fetchall()
    assert len(rows) == 1
    assert PASSWORD not in repr(rows)
