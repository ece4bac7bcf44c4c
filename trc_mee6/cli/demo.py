"""`trc-mee6 demo`: the whole job against a stand-in board, for newcomers."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trc_mee6.cli.invocation import Invocation
    from trc_mee6.jobs.context import Job


def demo(
    context: typer.Context,
    *,
    players: Annotated[int, typer.Option(min=1, max=100_000, help="Players on the board.")] = 240,
) -> int:
    """Show what the program does, with a board on this machine and a temporary database.

    It needs no server and no settings, and takes a few seconds.

    Example: trc-mee6 demo --players 50
    """
    import os
    import tempfile
    from pathlib import Path

    from trc_mee6.clock import SystemClock
    from trc_mee6.jobs.context import Job
    from trc_mee6.jobs.leaderboard import leaderboard
    from trc_mee6.render import audit as rendered_audit
    from trc_mee6.render import leaderboard as rendered_board
    from trc_mee6.rules.days import period
    from trc_mee6.settings import load
    from trc_mee6.standin import Board, StandIn
    from trc_mee6.store.audit import findings, members_audited, members_unjudged
    from trc_mee6.store.connect import open_store

    invocation: Invocation = context.obj
    invocation.begin("demo")
    os.environ["no_proxy"] = "127.0.0.1"  # a proxy would not find this machine's own loopback
    guild_id = 123456789012345678
    clock = SystemClock()
    with tempfile.TemporaryDirectory(prefix="trc-mee6-demo-") as folder, StandIn() as stand_in:
        url = f"sqlite:///{Path(folder) / 'demo.db'}"
        settings = load(
            mee6_guild_id=guild_id,
            mee6_base_url=stand_in.url,
            mee6_request_interval=0.5,
            mee6_page_size=100,
            database_url=url,
        ).model_copy(update={"members_sql": None, "mee6_auth_token": None, "xp_per_point": 100})
        standing = stand_in.add(Board(guild_id, players, seed=6, name="Café Stand-In"))
        with open_store(url) as store, invocation.stop() as stop:
            job = Job(settings, store, clock, guild_id, stop=stop)
            invocation.say(
                f"A stand-in for MEE6 with {players:,} players is up on this machine.\n\n"
                "$ trc-mee6 sync --enroll-all      # everybody gets a baseline, nobody gets points"
            )
            if code := _sync(invocation, job):
                return code
            invocation.say("\nFifteen minutes later, some have been chatting ...\n")
            standing.chat(0.4, messages=15)
            invocation.say("$ trc-mee6 sync --enroll-all      # 100 XP make a point")
            if code := _sync(invocation, job):
                return code
            invocation.say("\n$ trc-mee6 leaderboard --top 10")
            now = clock.now()
            top = leaderboard(store, guild_id, "points", period("all", now.date()), 10, now)
            if not invocation.quiet:
                rendered_board.show(top)
            wrong = list(findings(store))
            verdict = rendered_audit.verdict(members_audited(store), members_unjudged(store))
            invocation.say(
                f"\n$ trc-mee6 db check\n"
                f"{f'db check: {len(wrong)} findings' if wrong else verdict}\n\n"
                "That was a temporary database; it is gone now. For your own server:\n"
                "  trc-mee6 sync --guild YOUR_SERVER_ID --enroll-all"
            )
    return 1 if wrong else 0


def _sync(invocation: "Invocation", job: "Job") -> int:
    """Run a sync and return its exit code; a demo that was stopped goes no further."""
    from trc_mee6.cli.board_run import show_report
    from trc_mee6.jobs import board
    from trc_mee6.render import sync as rendered

    report = board.sync(job, enroll_all=True)
    if report.exit_code:
        show_report(invocation, report)
    else:
        invocation.say(rendered.summary(report))
    return report.exit_code
