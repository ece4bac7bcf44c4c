"""What people are told when runs fail, and when that is over: guild, what, since when, what to do.

The text goes to chats, mail and the like, each of which may take some of it for more than text.
So what came from outside pings nobody and makes no link.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from trc_mee6.render.terminal import number
from trc_mee6.report import RunReport
from trc_mee6.rules.alerts import Trouble
from trc_mee6.text import name, printable

_BLANK = "\u200b"  # of no width; with it no chat sees a mention, a link or a web address any more
_NO_MARKUP = str.maketrans({"@": f"@{_BLANK}", "]": f"]{_BLANK}", "<": "(", ">": ")"})
_IN_ADDRESSES = re.compile(r":(?=//)|(?<=\w)\.(?=\w)")
_LOOK_AGAIN = "--log-level debug {job} --guild {guild} --dry-run"
_STATUS = "status --guild {guild}"
# By exit code; docs/operating.md has the whole.
_ADVICE = {
    65: "Nothing is applied until you decide, and nothing is lost by waiting. Were the drops a"
    " season reset (then: backfill-baseline --reset), are they real (then: sync --accept-drops), or"
    " are they over? The command below looks again and changes nothing.",
    69: "Look at the network, at MEE6 and at the database. The next run tries again.",
    75: "Wait: runs do nothing until the cooldown is over. If it comes again and again, sync less"
    " often, or raise MEE6_REQUEST_INTERVAL.",
    76: "MEE6's API may have changed: look for a newer version of trc-mee6. What was not"
    " understood moved no points.",
    77: "Make the leaderboard public in the MEE6 dashboard, or renew MEE6_AUTH_TOKEN.",
    78: "Mend the setting that is named above.",
    137: "Look whether memory ran out, or a time limit of the scheduler ended the runs.",
}
_UNEXPECTED = "Report what the command below shows."
_COMMAND = {65: "sync --guild {guild} --dry-run", 75: _STATUS, 137: _STATUS}


@dataclass(frozen=True, slots=True)
class Situation:
    """What an alert is about.

    Attributes:
        since: when the first run of the row that went wrong started; of a hold, when it began.
        over: when the first run started that did its work again, for a recovery.
        last_good: when the last run started that did its work, None if none did.
    """

    run: RunReport
    guild_name: str | None
    failures: int
    since: datetime | None
    over: datetime | None
    last_good: datetime | None


def trouble(kind: Trouble, told: Situation) -> tuple[str, str]:
    """Return title and text of the news that runs go wrong."""
    run = told.run
    what = {
        Trouble.FAILING: f"{run.command} failed {number(told.failures)} times in a row, the last"
        f" time with exit code {run.exit_code}",
        Trouble.SCHEMA: f"MEE6 answered {run.command} something that is not the leaderboard as we"
        f" know it (exit code {run.exit_code})",
        Trouble.HELD: f"{run.command} is held (exit code {run.exit_code})",
    }[kind]
    command = _COMMAND.get(run.exit_code, _LOOK_AGAIN)
    typed = command.format(job=run.command, guild=run.guild_id)
    title = {
        Trouble.FAILING: "is failing",
        Trouble.SCHEMA: "does not understand MEE6",
        Trouble.HELD: "is held",
    }[kind]
    lines = [
        f"Guild: {_guild(told)}",
        f"What: {what}: {_text(run.reason or str(run.status))}",
        f"Since: {_moment(told.since)}; last good run: {_moment(told.last_good)}",
        f"What to do: {_ADVICE.get(run.exit_code, _UNEXPECTED)}",
        f"Command: trc-mee6 {typed}",
    ]
    return f"trc-mee6: {run.command} {title}, {_guild(told)}", "\n".join(lines)


def recovery(told: Situation) -> tuple[str, str]:
    """Return title and text of the news that runs do their work again."""
    run = told.run
    lines = [
        f"Guild: {_guild(told)}",
        f"What: {run.command} does its work again",
        f"Since: {_moment(told.over)}; the trouble began: {_moment(told.since)}",
        "What to do: nothing. Totals are cumulative, so what was missed meanwhile was taken.",
        f"Command: trc-mee6 {_STATUS.format(guild=run.guild_id)}",
    ]
    return f"trc-mee6: {run.command} works again, {_guild(told)}", "\n".join(lines)


def _guild(told: Situation) -> str:
    called = name(told.guild_name)
    return f"{_text(called)} ({told.run.guild_id})" if called else str(told.run.guild_id)


def _text(outside: str) -> str:
    return _IN_ADDRESSES.sub(rf"\g<0>{_BLANK}", printable(outside).translate(_NO_MARKUP))


def _moment(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"
