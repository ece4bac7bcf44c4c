"""Every setting: its type, default, unit and one-line help.

Settings come from the environment, then from a .env file; an option of the command line beats
both. Only the commands and the jobs read them, and pass them down as plain values.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

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

    try:
        return SecretStr(f"sqlite:///{user_data_path('trc-mee6') / 'trc-mee6.db'}")
    except RuntimeError:
        raise ConfigError(
            "DATABASE_URL is not set, and this user has no home folder for a database. Set it, to"
            " sqlite:///PATH or postgresql://..."
        ) from None


def _web_parts(url: str, example: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:  # its text repeats the address, and so a password in it
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it should be a web address such as " + example)
    try:
        port = parts.port
    except ValueError:  # likewise
        port = 0
    if port == 0:
        raise ValueError("its port should be 1 to 65535")
    return parts


def _board_address(url: str) -> str:
    parts = _web_parts(url, DEFAULT_BASE_URL)
    if parts.username or parts.password:
        raise ValueError("it should not contain a user or password; use MEE6_AUTH_TOKEN")
    return url.rstrip("/")


def _receiver_address(url: SecretStr) -> SecretStr:
    _web_parts(url.get_secret_value(), "https://example.org/path")
    return url


def _webhook_address(url: SecretStr) -> SecretStr:
    from trc_mee6.notify.discord import webhook

    webhook(url.get_secret_value())
    return url


def _dsn(url: SecretStr) -> SecretStr:
    parts = _web_parts(url.get_secret_value(), "https://KEY@HOST/NUMBER")
    if not parts.username or not parts.path.rpartition("/")[2].isdigit():
        raise ValueError("it should be the DSN of a project, like https://KEY@HOST/NUMBER")
    return url


def _read_by_node_exporter(path: Path) -> Path:
    if path.suffix != ".prom":
        raise ValueError("it should end in .prom, for node_exporter reads no other files")
    return path


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
    """The settings of one command.

    What stands here of each makes the table in docs/settings.md (`make docs`): `unit`; `extra`, the
    one of pyproject.toml that it needs; `default` in words, where it is worked out.
    """

    model_config = SettingsConfigDict(
        case_sensitive=False,
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
    )

    mee6_guild_id: Guild | None = Field(
        None,
        description="the server whose board is read; option `--guild`. Commands that only read may"
        " do without if the database has members of one server only.",
        json_schema_extra={"unit": "Discord id"},
    )
    discord_guild_id: Guild | None = Field(
        None,
        description="taken where `MEE6_GUILD_ID` is not set anywhere",
        json_schema_extra={"unit": "Discord id"},
    )
    mee6_sync_enabled: bool = Field(
        default=True,
        description="`false`: `sync` does nothing, says so and exits 0",
        json_schema_extra={"unit": "`true`, `false`"},
    )
    mee6_auth_token: Annotated[SecretStr, AfterValidator(_header_value)] | None = Field(
        None,
        description="token of a MEE6 account, to read a board that is not public",
        json_schema_extra={"unit": "text"},
    )
    mee6_base_url: Annotated[str, AfterValidator(_board_address)] = Field(
        DEFAULT_BASE_URL,
        description="where boards are; `/` and the server's id are appended",
        json_schema_extra={"unit": "web address"},
    )
    mee6_page_size: int = Field(
        1000,
        ge=1,
        le=1000,
        description="players asked for per page; MEE6 may give fewer",
        json_schema_extra={"unit": "players, 1 to 1000"},
    )
    mee6_request_interval: Seconds = Field(
        2.0,
        description="time between two requests, over all processes and hosts that share the"
        " database; 0: no pace",
        json_schema_extra={"unit": "seconds"},
    )
    mee6_timeout: Annotated[float, Field(gt=0, le=_LONGEST, allow_inf_nan=False)] = Field(
        30.0,
        description="time a request may take, to the last byte",
        json_schema_extra={"unit": "seconds, above 0"},
    )
    mee6_retries: int = Field(
        3,
        ge=0,
        le=20,
        description="how often a failed request is repeated",
        json_schema_extra={"unit": "times, 0 to 20"},
    )
    mee6_retry_base: Seconds = Field(
        5.0,
        description="wait before the first repetition; doubled for each further one",
        json_schema_extra={"unit": "seconds"},
    )
    mee6_retry_max: Seconds = Field(
        60.0, description="longest such wait", json_schema_extra={"unit": "seconds"}
    )
    mee6_cooldown: Seconds = Field(
        1800.0,
        description="time for which MEE6 is left alone after a ban, at least",
        json_schema_extra={"unit": "seconds"},
    )
    mee6_hold_ratio: float = Field(
        0.2,
        gt=0,
        le=1,
        description="part of the members on the board that must drop for a run to be held (and 3"
        " members at least)",
        json_schema_extra={"unit": "part, above 0 to 1"},
    )
    xp_per_point: int = Field(
        100,
        ge=1,
        le=1_000_000,
        description="XP that make one point; kept with the server at its first run, see below",
        json_schema_extra={"unit": "XP, 1 to 1,000,000"},
    )
    database_url: SecretStr = Field(
        default_factory=_default_database_url,
        description="where everything is kept, see below",
        json_schema_extra={
            "unit": "database address",
            "default": "the file `trc-mee6.db` in the user's data folder",
        },
    )
    members_sql: str | None = Field(
        None,
        description="a query for who is a member, run before each sync, see below",
        json_schema_extra={"unit": "SQL"},
    )
    members_database_url: SecretStr | None = Field(
        None,
        description="where `MEMBERS_SQL` is run; if it is not set, on `DATABASE_URL`",
        json_schema_extra={"unit": "database address"},
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = (
        Field(
            "warning",
            description="what is logged to standard error; option `--log-level`. `debug` also shows"
            " the traceback of an error.",
            json_schema_extra={"unit": "`debug`, `info`, `warning`, `error`"},
        )
    )
    log_format: Annotated[Literal["text", "json"], BeforeValidator(_lower)] = Field(
        "text",
        description="`text` for people, `json` for programs, an object a line; option"
        " `--log-format`",
        json_schema_extra={"unit": "`text`, `json`"},
    )
    alert_urls: SecretStr | None = Field(
        None,
        description="where alerts go",
        json_schema_extra={"unit": "apprise addresses, separated by blanks", "extra": "alerts"},
    )
    healthcheck_url: Annotated[SecretStr, AfterValidator(_receiver_address)] | None = Field(
        None,
        description="pinged by `sync` and `streaks`, by the protocol of Healthchecks. `{job}`"
        " becomes `sync` or `streaks`, `{guild_id}` the server's id.",
        json_schema_extra={"unit": "web address"},
    )
    sentry_dsn: Annotated[SecretStr, AfterValidator(_dsn)] | None = Field(
        None,
        description="where unexpected errors and check-ins go",
        json_schema_extra={"unit": "web address (DSN)", "extra": "sentry"},
    )
    metrics_textfile: Annotated[Path, AfterValidator(_read_by_node_exporter)] | None = Field(
        None,
        description="where metrics are written for node_exporter's textfile collector",
        json_schema_extra={"unit": "path that ends in `.prom`", "extra": "metrics"},
    )
    pushgateway_url: Annotated[SecretStr, AfterValidator(_receiver_address)] | None = Field(
        None,
        description="the Prometheus Pushgateway that metrics are pushed to",
        json_schema_extra={"unit": "web address", "extra": "metrics"},
    )
    discord_webhook_url: Annotated[SecretStr, AfterValidator(_webhook_address)] | None = Field(
        None,
        description="the webhook of the Discord channel that `leaderboard --post` posts to, with"
        " `?thread_id=ID` for a thread in it ([discord.md](discord.md))",
        json_schema_extra={"unit": "web address"},
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
