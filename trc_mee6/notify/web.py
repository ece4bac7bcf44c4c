"""A request to a service over HTTP: few tries, no redirects, no address in what is said of it."""

from collections.abc import Mapping

import backoff
import requests

from trc_mee6.notify.telling import NotDelivered
from trc_mee6.version import __version__

_TRIES = 3
_PAUSE = 0.5  # seconds between them
_TIMEOUT = 4.0  # seconds to connect, and between two bytes; `Telling` bounds the whole
_READ = 1000  # bytes of the answer
_TOO_MANY = 429  # like a server's own failures (5xx), worth another try


class _WorthAnotherTry(Exception):
    pass


def send(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> str:
    """Send a body, and return the first words of the answer; user and password may be in the URL.

    Raises:
        NotDelivered: it was refused, or nobody answered.
    """
    try:
        return _send_once(method, url, body, {"User-Agent": f"trc-mee6/{__version__}", **headers})
    except _WorthAnotherTry as error:
        raise NotDelivered(str(error)) from None


@backoff.on_exception(
    backoff.constant, _WorthAnotherTry, max_tries=_TRIES, interval=_PAUSE, jitter=None, logger=None
)
def _send_once(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> str:
    try:
        with requests.request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=_TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as answer:
            status = answer.status_code
            said: bytes = next(answer.iter_content(_READ), b"")
    # What these say names the address, which is the secret of some services.
    except requests.exceptions.SSLError:
        raise NotDelivered("its certificate is not trusted, or it speaks no TLS") from None
    except requests.Timeout:
        raise _WorthAnotherTry("no answer in time") from None
    except requests.ConnectionError:
        raise _WorthAnotherTry("it cannot be reached") from None
    except requests.RequestException as error:
        raise NotDelivered(f"the request failed: {type(error).__name__}") from None
    if status >= requests.codes.server_error or status == _TOO_MANY:
        raise _WorthAnotherTry(f"HTTP {status}")
    if status >= requests.codes.multiple_choices:
        raise NotDelivered(f"HTTP {status}")
    return said.decode(errors="replace")
