"""From the settings to who is told, and what of them is secret."""

import pytest

from trc_mee6.jobs.receivers import receivers
from trc_mee6.notify.sentry import Sentry
from trc_mee6.settings import load

SECRETS = {
    "mee6_auth_token": "true",
    "alert_urls": "discord://123/TOK1234567 mailto://u:sekretpw9@h.example",
    "members_database_url": "postgresql://me@host/db?password=q%40pass99",
    "database_url": "postgresql://postgres:p%40ss@host/ledger",
    "healthcheck_url": "https://hc.example.org/ping/pinguuid-42/{job}",
    "sentry_dsn": "https://0123456789abcdef@sentry.example.org/1",
    "pushgateway_url": "http://me:gatepw@gateway.example.org",
    "discord_webhook_url": "https://discord.com/api/webhooks/123456789012345678/hooktoken-_1",
}


def test_nobody_is_told_unless_it_is_set():
    assert list(receivers(load(database_url="sqlite:///x.db"))) == []


def test_everybody_that_is_set_is_told(tmp_path):
    names = [one.name for one in receivers(load(**SECRETS, metrics_textfile=tmp_path / "x.prom"))]
    assert names == [
        "ALERT_URLS 1 of 2 (discord)", "ALERT_URLS 2 of 2 (mailto)", "HEALTHCHECK_URL",
        "SENTRY_DSN", "METRICS_TEXTFILE", "PUSHGATEWAY_URL",
    ]  # fmt: skip


@pytest.fixture
def hidden():
    """What is left of a text that goes to Sentry."""
    (sentry,) = (one for one in receivers(load(**SECRETS)) if isinstance(one, Sentry))
    return lambda text: sentry._without_secrets({"value": [text]}, None)["value"][0]


@pytest.mark.parametrize(
    "secret",
    [
        "TOK1234567", "sekretpw9", "q@pass99", "q%40pass99", "p%40ss", "p@ss", "pinguuid-42",
        "0123456789abcdef", "gatepw", "true", "hooktoken-_1",
    ],
)  # fmt: skip
def test_every_secret_in_a_setting_is_hidden_as_it_stands_and_decoded(hidden, secret):
    assert hidden(f"cannot reach {secret}: no") == "cannot reach [secret]: no"


def test_names_of_hosts_users_and_databases_are_not(hidden):
    said = "postgres me host ledger h.example hc.example.org gateway.example.org discord.com"
    assert hidden(said) == said
