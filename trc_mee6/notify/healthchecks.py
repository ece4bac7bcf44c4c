"""Pings of the Healthchecks protocol: a run starts, did its work, or failed.

https://healthchecks.io/docs/http_api/. A run that did neither (it was stopped, or MEE6 has to be
left alone) is only logged there. Its owner is alerted when no run did its work for too long.
"""

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from trc_mee6.notify.events import Ended, Event, Outcome, Started, Trial, run_uuid
from trc_mee6.notify.telling import NotDelivered

if TYPE_CHECKING:
    from trc_mee6.report import RunReport

_SUFFIX = {Outcome.GOOD: "", Outcome.BAD: "/fail", Outcome.NEITHER: "/log"}


class Healthchecks:
    """A check, or one for each job and guild if the address says so.

    Args:
        url: with `{job}` and `{guild_id}` where these are to be filled in.
        jobs: whose runs are told of.
        guild_id: the guild that a test is about, None if none is named.
    """

    name = "HEALTHCHECK_URL"
    hears = (Started, Ended)

    def __init__(self, url: str, jobs: tuple[str, ...], guild_id: int | None) -> None:
        self._url = url
        self._jobs = jobs
        self._guild_id = guild_id

    def tell(self, event: Event) -> None:
        """Ping. Raises `NotDelivered`."""
        match event:
            case Started(run=run) if run.command in self._jobs:
                self._ping(run, "/start", "")
            case Ended(run=run, outcome=outcome, summary=summary) if run.command in self._jobs:
                self._ping(run, _SUFFIX[outcome], summary)
            case Trial():
                jobs = self._jobs if "{job}" in self._url else self._jobs[:1]
                for job in jobs:
                    address = self._address(job, self._guild_id, "/log", None)
                    _post(address, f"A test of trc-mee6 for {job}; nothing is wrong.")

    def _ping(self, run: "RunReport", suffix: str, body: str) -> None:
        _post(self._address(run.command, run.guild_id, suffix, run.sync_id), body)

    def _address(self, job: str, guild_id: int | None, suffix: str, sync_id: str | None) -> str:
        if guild_id is None and "{guild_id}" in self._url:
            raise NotDelivered("its address has {guild_id}, and no guild is named")
        filled = self._url.replace("{job}", job).replace("{guild_id}", str(guild_id))
        parts = urlsplit(filled)
        query = parse_qsl(parts.query, keep_blank_values=True)
        if sync_id is not None:  # tells overlapping runs apart
            query.append(("rid", str(run_uuid(sync_id))))
        path = parts.path.rstrip("/") + suffix
        return urlunsplit(parts._replace(path=path, query=urlencode(query)))


def _post(address: str, body: str) -> None:
    from trc_mee6.notify.web import send

    answer = send("POST", address, body.encode(), {"Content-Type": "text/plain; charset=utf-8"})
    if "not found" in answer:  # said with status 200 by older servers
        raise NotDelivered("there is no such check")
