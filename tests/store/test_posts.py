"""The message that is edited: one for each guild, webhook and thread, on both databases."""

from datetime import timedelta

from support import GUILD, START

from trc_mee6.store.posts import Place, remember, remembered

PLACE = Place(GUILD, 200000000000000001, None)
MESSAGE = 400000000000000001


def test_a_place_keeps_the_message_that_was_posted_there_last(store):
    assert remembered(store, PLACE) is None
    remember(store, PLACE, MESSAGE, START)
    assert remembered(store, PLACE) == MESSAGE
    remember(store, PLACE, MESSAGE + 1, START + timedelta(days=7))
    assert remembered(store, PLACE) == MESSAGE + 1
    assert store.row("SELECT count(*) FROM discord_post") == (1,)


def test_guilds_webhooks_and_threads_have_messages_of_their_own(store):
    places = (
        PLACE,
        PLACE._replace(guild_id=GUILD + 1),
        PLACE._replace(webhook_id=PLACE.webhook_id + 1),
        PLACE._replace(thread_id=300000000000000001),
        PLACE._replace(thread_id=2**63 - 1),
    )
    for number, place in enumerate(places):
        remember(store, place, MESSAGE + number, START)
    assert [remembered(store, one) for one in places] == [MESSAGE + n for n in range(len(places))]
