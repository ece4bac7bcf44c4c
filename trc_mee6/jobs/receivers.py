"""From the settings to the services that are told of runs."""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from trc_mee6.notify.channels import channels
from trc_mee6.notify.healthchecks import Healthchecks
from trc_mee6.notify.pushgateway import Pushgateway
from trc_mee6.notify.sentry import Sentry
from trc_mee6.notify.telling import Receiver
from trc_mee6.notify.textfile import Textfile
from trc_mee6.settings import Settings

OF_CRON = ("sync", "streaks")  # jobs that somebody waits for
_SHORTEST_SECRET = 4  # what is shorter would blot out half of every text


def receivers(settings: Settings) -> Iterator[Receiver]:
    """Give every service that is set; none is loaded before it is told of something."""
    if settings.alert_urls is not None:
        yield from channels(settings.alert_urls.get_secret_value())
    if settings.healthcheck_url is not None:
        url = settings.healthcheck_url.get_secret_value()
        yield Healthchecks(url, OF_CRON, settings.guild_id)
    if settings.sentry_dsn is not None:
        yield Sentry(settings.sentry_dsn.get_secret_value(), OF_CRON, _secrets(settings))
    if settings.metrics_textfile is not None:
        yield Textfile(settings.metrics_textfile)
    if settings.pushgateway_url is not None:
        yield Pushgateway(settings.pushgateway_url.get_secret_value())


def _secrets(settings: Settings) -> list[str]:
    """Return all secret settings, and the passwords in them, the longest first."""
    found = set()
    for value in dict(settings).values():
        if isinstance(value, SecretStr):
            text = value.get_secret_value()
            password = _password(text)
            found |= {text, password, unquote(password)}
    return sorted((one for one in found if len(one) >= _SHORTEST_SECRET), key=len, reverse=True)


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""
