"""Figures of two guilds, and a reader of what Prometheus is given."""

from datetime import timedelta

from prometheus_client.parser import text_string_to_metric_families
from support import GUILD, START

from trc_mee6.report import GuildFigures, JobFigures

NOW = START
GUILDS = (
    GuildFigures(
        guild_id=GUILD,
        jobs=(
            JobFigures("streaks", {"ok": 3}, 0, 0, 0, 0, 0.1, NOW - timedelta(days=1), 0),
            JobFigures(
                "sync", {"ok": 90, "failed": 2}, 184, 1000, 5, 69, 2.5,
                NOW - timedelta(minutes=45), 2,
            ),
        ),
        players=240,
        members_linked=200,
        members_total=210,
        cooldown_until=NOW + timedelta(minutes=10),
        held=True,
    ),
    GuildFigures(
        guild_id=2,
        jobs=(JobFigures("sync", {}, 0, 0, 0, None, None, None, 0),),
        players=None,
        members_linked=0,
        members_total=0,
        cooldown_until=None,
        held=False,
    ),
)  # fmt: skip


def samples(text):
    """Return value by name and labels, sorted; of an exposition that must be well-formed."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation or family.name.endswith("_timestamp_seconds")
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            assert key not in found
            found[key] = sample.value
    return found
