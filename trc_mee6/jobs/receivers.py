"""From the settings to the services that are told of runs."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from trc_mee6.jobs.telling import OF_CRON
from trc_mee6.notify.telling import Receiver
from trc_mee6.settings import Settings

_SHORTEST_SECRET = 4  # what is shorter would blot out half of every text
_SHORTEST_KEY = 8
# The address itself is one.
_KEYS_TO_A_SERVICE = ("alert_urls", "healthcheck_url", "sentry_dsn", "discord_webhook_url")


def receivers(settings: Settings) -> Iterator[Receiver]:
    """Give every service that is set; its library is loaded when it is told of something."""
    if settings.alert_urls is not None:
        from trc_mee6.notify.channels import channels

        yield from channels(settings.alert_urls.get_secret_value())
    if settings.healthcheck_url is not None:
        from trc_mee6.notify.healthchecks import Healthchecks

        url = settings.healthcheck_url.get_secret_value()
        yield Healthchecks(url, OF_CRON, settings.guild_id)
    if settings.sentry_dsn is not None:
        from trc_mee6.notify.sentry import Sentry

        yield Sentry(settings.sentry_dsn.get_secret_value(), OF_CRON, _secrets(settings))
    if settings.metrics_textfile is not None:
        from trc_mee6.notify.textfile import Textfile

        yield Textfile(settings.metrics_textfile)
    if settings.pushgateway_url is not None:
        from trc_mee6.notify.pushgateway import Pushgateway

        yield Pushgateway(settings.pushgateway_url.get_secret_value())


def _secrets(settings: Settings) -> list[str]:
    """Return all that is secret in the settings, as it may stand in a text, the longest first."""
    found: set[str] = set()
    for name, value in dict(settings).items():
        if isinstance(value, SecretStr):
            whole = value.get_secret_value()
            found.add(whole)
            for address in whole.split():
                found |= set(_passwords(address))
                if name in _KEYS_TO_A_SERVICE:
                    found |= {part for part in re.split(r"[/@:?&=,]+", address) if _is_key(part)}
    found |= {unquote(one) for one in found}
    return sorted((one for one in found if len(one) >= _SHORTEST_SECRET), key=len, reverse=True)


def _passwords(address: str) -> Iterator[str]:
    try:
        parts = urlsplit(address)
        yield parts.password or ""
    except ValueError:
        return
    yield from re.findall(r"(?:^|&)[^=&]*pass[^=&]*=([^&]+)", parts.query, re.IGNORECASE)


def _is_key(part: str) -> bool:
    """Say whether a part of an address may be what lets one in: long, and no name of a host."""
    return len(part) >= _SHORTEST_KEY and "." not in part
