"""How the guilds stand, as Prometheus metrics."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from trc_mee6.report import GuildFigures, JobFigures

if TYPE_CHECKING:
    from prometheus_client import Metric

_JOB = ("guild_id", "command")  # `job` is Prometheus' own label
_GUILD = ("guild_id",)


def registry(guilds: Iterable[GuildFigures], now: datetime) -> CollectorRegistry:
    """Return a registry of these guilds' metrics; seconds since and until count from `now`."""
    made = CollectorRegistry(auto_describe=False)
    made.register(_Guilds(guilds, now))
    return made


class _Guilds(Collector):
    def __init__(self, guilds: Iterable[GuildFigures], now: datetime) -> None:
        self._guilds = tuple(guilds)
        self._now = now

    def collect(self) -> "Iterator[Metric]":
        yield from _of_jobs(self._guilds)
        yield from _of_guilds(self._guilds, self._now)


def _of_jobs(guilds: tuple[GuildFigures, ...]) -> "Iterator[Metric]":
    runs = CounterMetricFamily(
        "trc_mee6_runs", "Finished runs by how they ended.", labels=(*_JOB, "status")
    )
    requests = CounterMetricFamily("trc_mee6_requests", "Requests to MEE6.", labels=_JOB)
    awarded = CounterMetricFamily(
        "trc_mee6_points_awarded", "Points that runs awarded for XP.", labels=_JOB
    )
    deducted = CounterMetricFamily(
        "trc_mee6_points_deducted", "Points that runs deducted for lost XP.", labels=_JOB
    )
    seconds = GaugeMetricFamily(
        "trc_mee6_last_run_duration_seconds", "Duration of the newest finished run.", labels=_JOB
    )
    code = GaugeMetricFamily(
        "trc_mee6_last_run_exit_code", "Exit code of the newest finished run.", labels=_JOB
    )
    good = GaugeMetricFamily(
        "trc_mee6_last_good_run_timestamp_seconds",
        "When the newest run that did its work started, since 1970.",
        labels=_JOB,
    )
    failures = GaugeMetricFamily(
        "trc_mee6_consecutive_failures", "Runs that failed since one did its work.", labels=_JOB
    )
    for guild_id, job in _each_job(guilds):
        labels = (guild_id, job.job)
        for status, count in job.runs.items():
            runs.add_metric((*labels, status), count)
        requests.add_metric(labels, job.requests)
        awarded.add_metric(labels, job.points_awarded)
        deducted.add_metric(labels, job.points_deducted)
        failures.add_metric(labels, job.consecutive_failures)
        for family, value in ((seconds, job.last_seconds), (code, job.last_exit_code)):
            if value is not None:
                family.add_metric(labels, value)
        if job.last_good_at is not None:
            good.add_metric(labels, job.last_good_at.timestamp())
    yield from (runs, requests, awarded, deducted, seconds, code, good, failures)


def _of_guilds(guilds: tuple[GuildFigures, ...], now: datetime) -> "Iterator[Metric]":
    players = GaugeMetricFamily(
        "trc_mee6_players", "Players on the board when it was last read whole.", labels=_GUILD
    )
    members = GaugeMetricFamily(
        "trc_mee6_members", "Members: linked, and all that are known.", labels=(*_GUILD, "which")
    )
    since = GaugeMetricFamily(
        "trc_mee6_last_good_sync_age_seconds",
        "Seconds since the newest good sync started, when this was written.",
        labels=_GUILD,
    )
    cooldown = GaugeMetricFamily(
        "trc_mee6_cooldown_seconds",
        "Seconds for which MEE6 has to be left alone, when this was written.",
        labels=_GUILD,
    )
    held = GaugeMetricFamily("trc_mee6_held", "1 while runs are held.", labels=_GUILD)
    for guild in guilds:
        labels = (str(guild.guild_id),)
        if guild.players is not None:
            players.add_metric(labels, guild.players)
        members.add_metric((*labels, "linked"), guild.members_linked)
        members.add_metric((*labels, "known"), guild.members_total)
        good = [job.last_good_at for job in guild.jobs if job.job == "sync" and job.last_good_at]
        for moment in good:
            since.add_metric(labels, (now - moment).total_seconds())
        until = guild.cooldown_until
        cooldown.add_metric(labels, 0 if until is None else (until - now).total_seconds())
        held.add_metric(labels, int(guild.held))
    yield from (players, members, since, cooldown, held)


def _each_job(guilds: tuple[GuildFigures, ...]) -> Iterator[tuple[str, JobFigures]]:
    yield from ((str(guild.guild_id), job) for guild in guilds for job in guild.jobs)
