"""What tests of databases that go away share: a community, and what must hold of its ledger."""

from dataclasses import dataclass, field
from datetime import timedelta

from support import GUILD, START, HandClock, Ran

from trc_mee6.clock import Clock, SystemClock
from trc_mee6.jobs.awards import book, new_award
from trc_mee6.jobs.board import backfill_baseline, sync
from trc_mee6.jobs.context import Job
from trc_mee6.jobs.streaks import streaks
from trc_mee6.settings import load
from trc_mee6.standin import Board, StandIn
from trc_mee6.standin.server import Fault
from trc_mee6.store.audit import findings
from trc_mee6.store.connect import Store, open_store

PLAYERS = 40
PAGE = 10
ADA = 100000000000000000  # the first player of every board
COMMANDS = {
    "sync": ("sync",),
    "streaks": ("streaks",),
    "reset": ("backfill-baseline", "--reset", "--yes"),
    "award": ("points", "award", str(ADA), "5", "--source", "quiz", "--key", "q1"),
}


@dataclass
class Member:
    """What the model knows of a member: the XP last seen, and where it counts from."""

    xp: int
    baseline: int
    kept: int = 0
    awarded: int = 0

    @property
    def points(self) -> int:
        """Return the balance that follows (R1)."""
        return self.kept + (self.xp - self.baseline) // 100 + self.awarded


@dataclass
class Community:
    """A board, and a database that has followed it for a day; its players have chatted since."""

    url: str
    stand_in: StandIn
    board: Board = field(init=False)
    members: dict[int, Member] = field(init=False)

    def __post_init__(self) -> None:
        self.board = self.stand_in.add(Board(GUILD, PLAYERS, seed=1))
        self.members = {
            who: Member(player.xp, player.xp) for who, player in self.board.players.items()
        }
        with open_store(self.url) as store:
            self._carry_out("sync", store, HandClock(START), enroll_all=True)
            self.board.chat(0.5)
            # A day for streaks to judge.
            self._carry_out("sync", store, HandClock(START + timedelta(days=1)))
        self.board.chat(1.0)

    def has_done(self, command: str) -> None:
        """Let the model follow a command that was carried out."""
        for who, player in self.board.players.items():
            member = self.members[who]
            if command == "reset":
                member.kept = member.points - member.awarded
                member.baseline = player.xp
            if command in ("sync", "reset"):
                member.xp = player.xp
        if command == "award":
            self.members[ADA].awarded = 5

    def carry_out(self, command: str, url: str | None = None) -> None:
        """Do in this process what a command does; it works, and all is as the model says."""
        with open_store(url or self.url) as store:
            self._carry_out(command, store, SystemClock())
        self.is_right()

    def _carry_out(self, command: str, store: Store, clock: Clock, **how: bool) -> None:
        settings = load(
            mee6_base_url=self.stand_in.url, mee6_request_interval=0, mee6_page_size=PAGE
        )
        job = Job(settings, store, clock, GUILD)
        match command:
            case "sync":
                report = sync(job, **how)
            case "streaks":
                report = streaks(job)
            case "reset":
                report = backfill_baseline(job, reset=True)
            case _:
                now = clock.now()
                book(store, GUILD, str(ADA), new_award(5, "quiz", "q1", now, None, now), now)
                self.has_done(command)
                return
        assert (report.exit_code, report.reason) == (0, None)
        self.has_done(command)

    def catch_up(self) -> None:
        """Let the players chat, and sync: everybody gets what the model says."""
        self.board.chat(1.0)
        self.carry_out("sync")

    def is_right(self) -> None:
        """Refuse a database that says anything else than the model, or that `db check` refuses."""
        with open_store(self.url) as store:
            assert list(findings(store)) == []
            balances = dict(iter(store.sql("SELECT discord_id, points FROM member")))
        assert balances == {who: member.points for who, member in self.members.items()}

    def runs(self) -> list[tuple[str, int | None, str | None]]:
        """Return status, exit code and reason of the recorded runs, newest first."""
        with open_store(self.url) as store:
            rows = store.sql("SELECT status, exit_code, reason FROM sync_run ORDER BY id DESC")
            return [tuple(row) for row in rows]

    def before_page(self, number: int, happens: object) -> Fault:
        """Return a fault that lets something happen, and then answers the page as it is."""

        def fault(handler: object) -> None:
            happens()
            handler.answer(200, self.board.page(number, PAGE))

        return fault


def is_told(ran: Ran, *said: str, code: int = 69) -> None:
    """Refuse anything but one message of a line or two, the same in one JSON document."""
    assert (ran.code, "Traceback" in ran.err) == (code, False), ran
    lines = ran.err.splitlines()
    assert 1 <= len(lines) <= 2, ran.err
    assert all(line.startswith("trc-mee6: ") for line in lines)
    assert "the connection is closed" not in ran.err  # an echo of what was the matter
    document = ran.document
    assert document["status"] == "failed"
    for words in said:
        assert words in ran.err
        assert words in document["reason"]
