"""XP_PER_POINT belongs to a guild's ledger: leftovers are counted in it."""

from trc_mee6.errors import ConfigError
from trc_mee6.jobs.context import Job
from trc_mee6.store.tables import Guild


def check_rate(job: Job, guild: Guild, *, resetting: bool) -> None:
    """Refuse to keep a ledger with another rate than so far; a reset starts anew.

    Raises:
        ConfigError: the setting differs.
    """
    asked, kept_with = job.settings.xp_per_point, guild.xp_per_point
    if kept_with not in (None, asked) and not resetting:
        raise ConfigError(
            f"XP_PER_POINT is {asked}, but this guild's ledger was kept with {kept_with}. Set it"
            " back, or start new baselines with: trc-mee6 backfill-baseline --reset"
            f" --guild {job.guild_id}"
        )
