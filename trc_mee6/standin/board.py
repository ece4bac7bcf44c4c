"""A guild's board: players with a realistic XP curve, who chat, leave, come back, are reset."""

import random
import threading
from dataclasses import dataclass
from typing import Any

from trc_mee6.rules.levels import level_at, xp_at, xp_to_next

FIRST_ID = 100_000_000_000_000_000  # a snowflake of 2015, when Discord began
_SPREAD = 7_919_000_000_003  # between two ids, so that neighbours on the board are strangers
_XP_PER_MESSAGE = (15, 25)
_NAMES = (
    "Ada", "Bjørn", "小林さくら", "Chloé", "دانا", "Емил", "Fatima", "Γιώργος", "Hiro 🎮", "Inês",
    "Jürgen", "Kofi", "लक्ष्मी", "Mateo", "Ngọc", "Óscar", "Priya", "김민준", "Rosa", "Sam",
)  # fmt: skip


@dataclass(slots=True)
class BoardPlayer:
    """One player. `xp` is the total."""

    discord_id: int
    xp: int
    messages: int
    username: str | None
    avatar: str | None = None


class Board:
    """The board of one guild, safe to change while it is served.

    Args:
        guild_id: the guild.
        players: how many to begin with.
        seed: of everything random about it.
        cap: most players the server puts on a page, whatever is asked.
        drift: players that gain XP after each page served, as on a lively server.
        xp_rate: the guild's multiplier.
    """

    def __init__(
        self,
        guild_id: int,
        players: int = 0,
        *,
        name: str | None = "The Stand-In",
        seed: int = 0,
        cap: int = 1000,
        drift: int = 0,
        xp_rate: float = 1.0,
    ) -> None:
        self.guild_id = guild_id
        self.name = name
        self.cap = cap
        self.drift = drift
        self.xp_rate = xp_rate
        self.players: dict[int, BoardPlayer] = {}
        self._gone: dict[int, BoardPlayer] = {}
        self._random = random.Random(seed)
        self._lock = threading.RLock()
        self._ranked: list[BoardPlayer] | None = None
        for number in range(players):
            self.join(*self._newcomer(number))

    def _newcomer(self, number: int) -> tuple[int, int, str]:
        xp = min(int(self._random.lognormvariate(6.5, 1.9)), 9_000_000)
        discord_id = FIRST_ID + (number * _SPREAD) % 1_000_000_000_000_000_000
        return discord_id, xp, f"{_NAMES[number % len(_NAMES)]} {number + 1}"

    def join(self, discord_id: int, xp: int = 0, username: str | None = "Newcomer") -> None:
        """Put a player on the board."""
        with self._lock:
            self.players[discord_id] = BoardPlayer(discord_id, xp, xp // 20, username)
            self._ranked = None

    def gain(self, discord_id: int, xp: int) -> None:
        """Change a player's XP, also downwards, never below 0."""
        with self._lock:
            player = self.players[discord_id]
            player.xp = max(0, player.xp + xp)
            player.messages += max(0, -(-xp // _XP_PER_MESSAGE[1]))
            self._ranked = None

    def chat(self, fraction: float, messages: int = 5) -> int:
        """Let a part of the players write up to so many messages each, and return how many did."""
        with self._lock:
            chatting = self._random.sample(list(self.players), round(fraction * len(self.players)))
            for discord_id in chatting:
                for _ in range(self._random.randint(1, messages)):
                    self.gain(discord_id, round(self._random.randint(15, 25) * self.xp_rate))
            return len(chatting)

    def leave(self, discord_id: int) -> None:
        """Take a player off the board; MEE6 keeps the XP."""
        with self._lock:
            self._gone[discord_id] = self.players.pop(discord_id)
            self._ranked = None

    def come_back(self, discord_id: int) -> None:
        """Put a player who left back, with the XP of then."""
        with self._lock:
            self.players[discord_id] = self._gone.pop(discord_id)
            self._ranked = None

    def reset(self) -> None:
        """Reset the season: everybody is at zero and off the board until they chat."""
        with self._lock:
            for player in self.players.values():
                player.xp = player.messages = 0
            self._gone |= self.players
            self.players = {}
            self._ranked = None

    def page(self, number: int, limit: int) -> dict[str, Any]:
        """Return page `number` as MEE6 sends it, and let the board drift."""
        with self._lock:
            if self._ranked is None:
                self._ranked = sorted(
                    self.players.values(), key=lambda player: (-player.xp, player.discord_id)
                )
            size = max(1, min(limit, self.cap))
            shown = self._ranked[number * size : (number + 1) * size]
            document = self._document(number, [self._row(player) for player in shown])
            for _ in range(min(self.drift, len(self.players))):
                self.gain(self._random.choice(list(self.players)), self._random.randint(15, 25))
            return document

    def _document(self, number: int, rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "admin": False,
            "banner_url": None,
            "country": "NL",
            "guild": {
                "allow_join": False,
                "application_commands_enabled": True,
                "commands_prefix": "!",
                "icon": "0" * 32,
                "id": str(self.guild_id),
                "invite_leaderboard": False,
                "leaderboard_url": f"https://mee6.xyz/leaderboard/{self.guild_id}",
                "name": self.name,
                "premium": False,
            },
            "is_member": False,
            "monetize_options": {"display_buttons": False, "showcase_subscriptions": False},
            "page": number,
            "player": None,
            "players": rows,
            "role_rewards": [],
            "user_guild_settings": None,
            "xp_per_message": list(_XP_PER_MESSAGE),
            "xp_rate": self.xp_rate,
        }

    def _row(self, player: BoardPlayer) -> dict[str, Any]:
        level = level_at(player.xp)
        return {
            "avatar": player.avatar,
            "detailed_xp": [player.xp - xp_at(level), xp_to_next(level), player.xp],
            "discriminator": "0",
            "guild_id": str(self.guild_id),
            "id": str(player.discord_id),
            "is_monetize_subscriber": False,
            "level": level,
            "message_count": player.messages,
            "monetize_xp_boost": 0,
            "username": player.username,
            "xp": player.xp,
        }
