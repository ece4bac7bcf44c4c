"""A webhook of Discord: what is sent, how its limits on requests are obeyed, what is told."""

import signal
import socket
import threading
from contextlib import contextmanager
from itertools import repeat

import pytest
from discord_api import (
    BAD_TOKEN,
    NO_WEBHOOK,
    PNG,
    THREAD,
    WEBHOOK,
    Answer,
    too_many,
    unknown,
)
from receivers import nobody
from support import PASSWORD

from trc_mee6.errors import (
    ConfigError,
    DiscordBusy,
    DiscordRefused,
    DiscordUnavailable,
    Interrupted,
)
from trc_mee6.notify import discord as discord_client
from trc_mee6.notify.discord import LONGEST_WAIT, Message, WebhookClient, webhook

OF_DISCORD = f"https://discord.com/api/webhooks/{WEBHOOK}/{PASSWORD}"


def message(text="1. Ada", picture=PNG + b"1"):
    shown = {"title": "The Guild", "description": text}
    attachments = []
    if picture is not None:
        shown["image"] = {"url": "attachment://growth.png"}
        attachments.append({"id": 0, "filename": "growth.png"})
    allowed = {"parse": []}
    payload = {"embeds": [shown], "attachments": attachments, "allowed_mentions": allowed}
    return Message(payload, picture)


@pytest.fixture
def client(channel, clock):
    return WebhookClient(webhook(channel.url), clock)


@pytest.mark.parametrize(
    "url",
    [
        OF_DISCORD,
        f"{OF_DISCORD}/",
        OF_DISCORD.replace("/api/", "/api/v9/"),
        OF_DISCORD.replace("discord.com", "canary.discord.com"),
        OF_DISCORD.replace("discord.com", "ptb.discord.com"),
        OF_DISCORD.replace("discord.com", "discordapp.com"),
        OF_DISCORD.replace("https://discord.com", "http://127.0.0.1:8000"),
        OF_DISCORD.replace("https://discord.com", "http://localhost:8000"),
        OF_DISCORD.replace("https://discord.com", "http://[::1]:8000"),
    ],
)
def test_an_address_is_taken_as_discord_copies_it(url):
    found = webhook(url)
    assert (found.id, found.token, found.thread_id) == (WEBHOOK, PASSWORD, None)
    assert url.startswith(f"{found.origin}/api/")
    assert webhook(f"{url}?thread_id={THREAD}").thread_id == THREAD
    assert PASSWORD not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "",
        PASSWORD,
        OF_DISCORD.replace("https", "http"),
        OF_DISCORD.replace("discord.com", "discord.com.evil.example"),
        OF_DISCORD.replace("discord.com", "evil-discord.com"),
        OF_DISCORD.replace("discord.com", "discord.com@evil.example"),
        OF_DISCORD.replace("discord.com", "me:x@discord.com"),
        OF_DISCORD.replace("discord.com", "discord.com:8443"),
        OF_DISCORD.replace("https://discord.com", "http://evil.example:80"),
        OF_DISCORD.replace("https://discord.com", "http://127.0.0.1.evil.example:80"),
        OF_DISCORD.replace("/webhooks/", "/hooks/"),
        OF_DISCORD.replace(str(WEBHOOK), "12"),
        f"{OF_DISCORD}/slack",
        f"{OF_DISCORD}/messages/1",
        f"{OF_DISCORD}#x",
        f"{OF_DISCORD}?wait=false",
        f"{OF_DISCORD}?thread_id=12",
        f"{OF_DISCORD}?thread_id={THREAD}&wait=true",
        f"{OF_DISCORD}\n",
        f"https://discord.com/api/webhooks/{WEBHOOK}/",
        f"https://discord.com/api/webhooks/{WEBHOOK}/../{PASSWORD}",
    ],
)
def test_another_address_is_refused_and_not_repeated(url):
    with pytest.raises(ValueError, match="webhooks/ID/TOKEN") as caught:
        webhook(url)
    assert PASSWORD not in str(caught.value)


def test_a_message_is_posted_with_its_picture_and_its_id_is_returned(client, channel):
    number = client.post(message())
    assert list(channel.messages) == [number]
    assert channel.only.embed["description"] == "1. Ada"
    assert channel.only.pictures == {"growth.png": PNG + b"1"}
    (asked,) = channel.asked
    assert asked.method == "POST"
    assert asked.headers["User-Agent"].startswith("trc-mee6/")
    assert "Authorization" not in asked.headers


@pytest.mark.parametrize("form", ["plain", "chunked", "gzip"])
def test_an_answer_is_read_to_its_end_however_it_comes(client, channel, clock, form):
    channel.forms = repeat(form)
    number = client.post(message("Ada\n" * 1000))
    assert list(channel.messages) == [number]
    channel.answers = [Answer(429, {"message": "x" * 5000, "retry_after": 9.5})]
    assert client.edit(number, message())
    assert clock.slept == [9.5]
    channel.answers = [Answer(400, {"errors": "x" * 5000, "code": 50083})]
    assert client.edit(number, message()) is False


def test_an_answer_without_end_is_not_read_to_its_end(client, channel):
    channel.answers = [Answer(200, {"errors": "x" * 1_000_000, "id": "400000000000000001"})]
    with pytest.raises(DiscordRefused, match="did not say which id"):
        client.post(message())


def test_an_edit_replaces_text_and_picture(client, channel):
    number = client.post(message())
    assert client.edit(number, message("1. Bea", PNG + b"2"))
    assert channel.only.embed["description"] == "1. Bea"
    assert channel.only.pictures == {"growth.png": PNG + b"2"}
    assert client.edit(number, message("1. Cal", None))
    assert (channel.only.pictures, channel.only.edits) == ({}, 2)


def test_a_message_that_is_gone_is_told(client, channel):
    assert client.edit(400000000000000009, message()) is False
    archived = Answer(400, {"message": "Thread is archived", "code": 50083})
    for answer in (unknown("Channel", 10003), archived):
        channel.answers = [answer]
        assert client.edit(400000000000000009, message()) is False


def test_a_thread_gets_its_own_messages(channel, clock):
    client = WebhookClient(webhook(f"{channel.url}?thread_id={THREAD}"), clock)
    number = client.post(message())
    assert client.edit(number, message())
    assert channel.only.thread == THREAD
    assert [asked.thread for asked in channel.asked] == [THREAD, THREAD]


def test_text_of_any_kind_arrives_as_it_was(client, channel):
    text = "小林 أحمد 👩‍👩‍👧 \\*x\\* \u2028 \x7f é\ud800"
    client.post(message(text))
    assert channel.only.embed["description"] == text.replace("\ud800", "\ufffd")


@pytest.mark.parametrize(
    ("refusal", "wait"),
    [
        (too_many(1.337), 2),  # the header is in whole seconds
        (too_many(30.5, shared=True), 31),
        (too_many(3, all_routes=True), 3),
        (too_many(20, code=30046), 20),
        (Answer(429, {"retry_after": 2.5, "global": False}), 2.5),
        (Answer(429, None, {"Retry-After": "7"}), 7),
        (Answer(429, "error code: 1015"), 1),
        (Answer(429, {"retry_after": "soon"}, {"Retry-After": "-1"}), 1),
        (Answer(429, {"retry_after": float("1e400")}), 1),
    ],
)
def test_a_429_is_waited_out_for_as_long_as_it_says(client, channel, clock, refusal, wait):
    channel.answers = [refusal]
    client.post(message())
    assert clock.slept == [wait]
    assert [asked.method for asked in channel.asked] == ["POST", "POST"]
    assert len(channel.messages) == 1


def test_a_longer_wait_than_a_command_makes_is_not_begun(client, channel, clock):
    channel.answers = [too_many(LONGEST_WAIT + 1)]
    with pytest.raises(
        DiscordBusy, match=r"Too many requests.* left alone for 121 seconds\."
    ) as busy:
        client.post(message())
    assert (clock.slept, busy.value.exit_code, len(channel.asked)) == ([], 75, 1)


def test_waits_are_bounded_together(client, channel, clock):
    channel.answers = [too_many(70), too_many(70)]
    with pytest.raises(DiscordBusy):
        client.post(message())
    assert (clock.slept, len(channel.asked)) == ([70], 2)


def test_429_again_and_again_comes_to_an_end(client, channel, clock):
    channel.answers = [too_many(0.1)] * 10
    with pytest.raises(DiscordBusy, match="Too many"):
        client.post(message())
    assert (clock.slept, len(channel.asked)) == ([1, 1, 1], 4)


def test_an_exhausted_limit_is_not_run_into(client, channel, clock):
    channel.remaining = (0, 1.25)
    assert client.edit(400000000000000009, message()) is False
    assert clock.slept == []
    client.post(message())
    assert clock.slept == [1.25]
    channel.remaining = (0, LONGEST_WAIT)
    client.post(message())
    with pytest.raises(DiscordBusy, match="asks to be left alone") as busy:
        client.post(message())
    assert "429" not in str(busy.value)  # it was not asked, so it did not say so


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_edit_that_failed_at_discord_is_made_again(client, channel, clock, status):
    number = client.post(message())
    channel.answers = [Answer(status), Answer(status)]
    assert client.edit(number, message())
    assert clock.slept == [1, 2]


def test_a_post_that_discord_did_not_take_is_made_again(client, channel, clock):
    channel.answers = [Answer(503), Answer(503)]
    client.post(message())
    assert (clock.slept, len(channel.messages)) == ([1, 2], 1)


@pytest.mark.parametrize("status", [500, 502, 504, 520])
def test_a_post_that_failed_at_discord_may_be_there_and_is_not_made_again(client, channel, status):
    channel.answers = [Answer(status)]
    with pytest.raises(DiscordUnavailable, match=f"HTTP {status}.*not known whether") as failed:
        client.post(message())
    assert (failed.value.exit_code, len(channel.asked)) == (69, 1)


def test_it_is_not_tried_for_ever(client, channel, clock):
    channel.answers = [Answer(503)] * 10
    with pytest.raises(DiscordUnavailable, match=r"HTTP 503\. Run it again") as failed:
        client.post(message())
    assert (clock.slept, failed.value.exit_code) == ([1, 2, 4], 69)


def test_nobody_there_is_told(clock):
    to = webhook(f"{nobody()}/api/webhooks/{WEBHOOK}/{PASSWORD}")
    with pytest.raises(DiscordUnavailable, match="cannot be reached"):
        WebhookClient(to, clock).post(message())
    assert clock.slept == [1, 2, 4]


NO_HTTP = Answer(200, {"id": "1"}, {"Transfer-Encoding": "chunked"})
LOST = [{"drops": 1}, {"stalls": 1}, {"silent": True}, {"answers": (NO_HTTP,)}]


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(discord_client, "_TIMEOUTS", (1, 0.1))


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("lost", LOST, ids=lambda lost: next(iter(lost)))
def test_a_post_whose_answer_is_lost_may_be_there_and_is_not_made_again(client, channel, lost):
    for attribute, value in lost.items():
        setattr(channel, attribute, value)
    with pytest.raises(DiscordUnavailable, match=r"not known whether.*Look at the") as failed:
        client.post(message())
    assert (failed.value.exit_code, len(channel.asked)) == (69, 1)
    assert PASSWORD not in str(failed.value)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("lost", LOST, ids=lambda lost: next(iter(lost)))
def test_an_edit_whose_answer_is_lost_is_made_again(client, channel, clock, lost):
    number = client.post(message())
    for attribute, value in lost.items():
        setattr(channel, attribute, value)
    if channel.silent:
        with pytest.raises(DiscordUnavailable, match="no whole answer came"):
            client.edit(number, message())
    else:
        assert client.edit(number, message())
    assert len(clock.slept) == (3 if channel.silent else 1)
    assert len(channel.messages) == 1


def test_a_proxy_that_is_not_there_is_told(channel, clock, monkeypatch):
    monkeypatch.setenv("https_proxy", nobody())
    to = webhook(channel.url)
    https = type(to)("https://discord.com", to.id, None, PASSWORD)
    with pytest.raises(DiscordUnavailable, match="cannot be reached"):
        WebhookClient(https, clock).post(message())
    assert clock.slept == [1, 2, 4]


@pytest.mark.parametrize("answer", [Answer(404), Answer(404, "<html>"), unknown("Guild", 10004)])
def test_another_404_does_not_mean_that_the_message_was_deleted(client, channel, answer):
    number = client.post(message())
    channel.answers = [answer]
    with pytest.raises(ConfigError, match="HTTP 404"):
        client.edit(number, message())
    assert len(channel.messages) == 1


@pytest.mark.parametrize(
    "answer", [NO_WEBHOOK, BAD_TOKEN, Answer(403, {"code": 50013}), Answer(404, "<html>")]
)
def test_a_webhook_that_is_no_more_is_a_wrong_setting(client, channel, answer):
    channel.answers = [answer]
    with pytest.raises(ConfigError, match=r"^DISCORD_WEBHOOK_URL: .*HTTP 40[134]") as wrong:
        client.post(message())
    assert len(channel.asked) == 1
    assert PASSWORD not in str(wrong.value)


@pytest.mark.parametrize(
    "answer", [Answer(403), Answer(403, "error code: 1010"), Answer(403, {"code": 40333})]
)
def test_a_block_on_the_way_to_discord_is_no_wrong_setting(client, channel, answer):
    channel.answers = [answer]
    with pytest.raises(DiscordUnavailable, match=r"blocked on the way \(HTTP 403") as failed:
        client.post(message())
    assert (failed.value.exit_code, len(channel.asked)) == (69, 1)


def test_an_edit_through_a_webhook_that_is_no_more_posts_nothing(client, channel):
    channel.answers = [NO_WEBHOOK]
    with pytest.raises(ConfigError, match="code 10015"):
        client.edit(400000000000000009, message())


def test_a_forum_wants_a_thread(client, channel):
    channel.answers = [Answer(400, {"message": "thread_name or thread_id", "code": 220001})]
    with pytest.raises(ConfigError, match=r"forum.*\?thread_id=ID"):
        client.post(message())


@pytest.mark.parametrize(
    "answer", [Answer(400, {"code": 50035}), Answer(302), Answer(413), Answer(400, [1])]
)
def test_what_discord_does_not_take_is_not_sent_again(client, channel, answer):
    channel.answers = [answer]
    with pytest.raises(DiscordRefused, match=f"HTTP {answer.status}") as refused:
        client.edit(400000000000000009, message())
    assert (refused.value.exit_code, len(channel.asked)) == (76, 1)


@pytest.mark.parametrize("said", [None, {}, {"id": None}, {"id": "x"}, "[" * 100_000, [], 7])
def test_a_post_without_an_id_is_told(client, channel, said):
    channel.answers = [Answer(200, said)]
    with pytest.raises(DiscordRefused, match="did not say which id"):
        client.post(message())


def test_a_proxy_of_the_environment_does_not_see_what_is_not_encrypted(
    client, channel, monkeypatch
):
    monkeypatch.setenv("http_proxy", nobody())
    client.post(message())
    assert len(channel.messages) == 1


def test_a_certificate_that_nobody_trusts_is_told(clock, channel):
    to = webhook(channel.url)
    https = type(to)(to.origin.replace("http:", "https:"), to.id, None, PASSWORD)
    with pytest.raises(DiscordUnavailable, match="certificate"):
        WebhookClient(https, clock).post(message())


def test_an_encrypted_connection_that_is_cut_leaves_a_post_in_doubt(clock):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def cut():
            with server.accept()[0] as connection:
                connection.recv(10_000)

        threading.Thread(target=cut, daemon=True).start()
        to = webhook(
            f"http://127.0.0.1:{server.getsockname()[1]}/api/webhooks/{WEBHOOK}/{PASSWORD}"
        )
        https = type(to)(to.origin.replace("http:", "https:"), to.id, None, PASSWORD)
        with pytest.raises(DiscordUnavailable, match="not known whether"):
            WebhookClient(https, clock).post(message())
    assert clock.slept == []


def test_a_signal_ends_a_wait_and_keeps_the_next_request_from_being_made(channel, clock):
    @contextmanager
    def stopped():
        raise Interrupted(signal.SIGTERM)
        yield

    with pytest.raises(Interrupted):
        WebhookClient(webhook(channel.url), clock, stopped).post(message())
    assert channel.asked == []
