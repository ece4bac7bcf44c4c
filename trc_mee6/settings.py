"""Every setting: its type, default, unit and one-line help.

Settings come from the environment, then from a .env file; an option of the command line beats
both. Only the commands and the jobs read them, and pass them down as plain values.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from trc_mee6.errors import ConfigError
from trc_mee6.rules.snowflake import snowflake
from trc_mee6.text import printable, quoted

DEFAULT_BASE_URL = "https://mee6.xyz/api/plugins/levels/leaderboard"


def _default_database_url() -> SecretStr:
    from platformdirs import user_data_path

    return SecretStr(f"sqlite:///{user_data_path('trc-mee6') / 'trc-mee6.db'}")


def _web_address(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:  # its text repeats the address, and so a password in it
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it should be a web address such as " + DEFAULT_BASE_URL)
    if parts.username or parts.password:
        raise ValueError("it should not contain a user or password; use MEE6_AUTH_TOKEN")
    try:
        port = parts.port
    except ValueError:  # likewise
        port = 0
    if port == 0:
        raise ValueError("its port should be 1 to 65535")
    return url.rstrip("/")


def _header_value(token: SecretStr) -> SecretStr:
    if not token.get_secret_value().isprintable() or not token.get_secret_value().isascii():
        raise ValueError("it should be printable ASCII without line breaks")
    return token


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


_LONGEST = 1_000_000  # seconds; no library below fails over a wait that long

Seconds = Annotated[float, Field(ge=0, le=_LONGEST, allow_inf_nan=False)]
Guild = Annotated[int, BeforeValidator(lambda value: snowflake(str(value)))]


class Settings(BaseSettings):
    """The settings of one command."""

    model_config = SettingsConfigDict(
        case_sensitive=False,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )

    mee6_guild_id: Guild | None = Field(None, description="The Discord server whose board is read.")
    discord_guild_id: Guild | None = Field(None, description="What MEE6_GUILD_ID falls back to.")
    mee6_sync_enabled: bool = Field(
        default=True, description="false: sync does nothing and says so."
    )
    mee6_auth_token: Annotated[SecretStr, AfterValidator(_header_value)] | None = Field(
        None, description="Token of a MEE6 account, to read a board that is not public."
    )
    mee6_base_url: Annotated[str, AfterValidator(_web_address)] = Field(
        DEFAULT_BASE_URL, description="Where the board is; the guild's id is appended."
    )
    mee6_page_size: int = Field(1000, ge=1, le=1000, description="Players asked for per page.")
    mee6_request_interval: Seconds = Field(
        2.0, description="Seconds between two requests, over all hosts that share the database."
    )
    mee6_timeout: Annotated[float, Field(gt=0, le=_LONGEST, allow_inf_nan=False)] = Field(
        30.0, description="Seconds a request may take, to the last byte."
    )
    mee6_retries: int = Field(3, ge=0, le=20, description="Times a failed request is repeated.")
    mee6_retry_base: Seconds = Field(5.0, description="Seconds before the first repetition.")
    mee6_retry_max: Seconds = Field(60.0, description="Most seconds before a repetition.")
    mee6_cooldown: Seconds = Field(
        1800.0, description="Seconds MEE6 is left alone after it said 429."
    )
    mee6_hold_ratio: float = Field(
        0.2, gt=0, le=1, description="Part of the members that may drop before a run is held."
    )
    xp_per_point: int = Field(100, ge=1, le=1_000_000, description="XP that make one point.")
    database_url: SecretStr = Field(
        default_factory=_default_database_url,
        description="sqlite:///PATH or postgresql://...; by default a file in the data folder.",
    )
    members_sql: str | None = Field(
        None, description="Query giving discord_id, member_id; run before each sync."
    )
    members_database_url: SecretStr | None = Field(
        None, description="Database for MEMBERS_SQL, if it is not DATABASE_URL."
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = (
        Field("warning", description="debug, info, warning or error.")
    )
    log_format: Annotated[Literal["text", "json"], BeforeValidator(_lower)] = Field(
        "text", description="text for people, json for machines."
    )

    @property
    def guild_id(self) -> int | None:
        """The guild to work on, None if none is named."""
        return self.discord_guild_id if self.mee6_guild_id is None else self.mee6_guild_id


_SECRETS = {
    name.upper()
    for name, field in Settings.model_fields.items()
    if "Secret" in str(field.annotation)
}


def load(env_file: Path | None = None, **options: Any) -> Settings:
    """Read the settings.

    Args:
        env_file: the file to read beside the environment; ./.env, if there is one, for None.
        options: settings given on the command line, by lower-case name; None for not given.

    Raises:
        ConfigError: one is missing or wrong; the message names it and says what it should be.
    """
    if env_file is not None and not env_file.is_file():
        shown = printable(str(env_file))
        raise ConfigError(f"--env-file {shown}: there is no such file. Check the path.")
    given = {name: value for name, value in options.items() if value is not None}
    try:
        _check_lines(env_file or Path(".env"))
        return Settings(_env_file=env_file or ".env", **given)  # type: ignore[call-arg] # pydantic-settings'
    except ValidationError as error:
        raise ConfigError("\n".join(_complaint(one) for one in error.errors())) from None
    except (OSError, UnicodeDecodeError) as error:
        shown = printable(str(env_file or ".env"))
        raise ConfigError(f"The settings file {shown} cannot be read: {error}.") from None


def _check_lines(env_file: Path) -> None:
    """Refuse a settings file of which a line would be dropped without a word."""
    if not env_file.is_file():
        return
    from dotenv.parser import parse_stream

    with env_file.open(encoding="utf-8") as lines:
        for line in parse_stream(lines):
            where = f"{printable(str(env_file))}, line {line.original.line}"
            name = (line.key or "").lower()
            word = re.split(r"\W", name)[0]
            ours = word.startswith("mee6_") or word in Settings.model_fields
            # What is no name may hold a value, a secret's even: MEE6_AUTH_TOKEN:value.
            if line.error or (name and line.value is None) or (ours and word != name):
                raise ConfigError(f"{where} is not NAME=value. Mend it; quotes must be closed.")
            if ours and name not in Settings.model_fields:
                raise ConfigError(f"{where}: there is no setting {printable(name.upper())}.")


def _complaint(error: Any) -> str:
    name = str(error["loc"][0]).upper()
    said = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    hidden = name in _SECRETS or (name == "MEE6_BASE_URL" and "@" in error["input"])
    value = "has a value that is not printed here" if hidden else f"is {quoted(error['input'])}"
    return f"{name} {value}: {said}."


def require_guild(settings: Settings) -> int:
    """Return the guild to work on.

    Raises:
        ConfigError: none was named.
    """
    if settings.guild_id is None:
        raise ConfigError(
            "No guild is named. Give --guild ID or set MEE6_GUILD_ID to your server's id"
            " (in Discord: Developer Mode on, right-click the server, Copy Server ID)."
        )
    return settings.guild_id
