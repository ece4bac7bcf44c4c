"""Settings: where they come from, which beats which, and what is said of a wrong one."""

import tomllib
import traceback

import pytest
from settings_page import PAGE, page
from support import MARK, PASSWORD, SECRETS, TOKEN, secret_value

from trc_mee6.errors import ConfigError
from trc_mee6.settings import DEFAULT_BASE_URL, Settings, load, require_guild

ONE, TWO, THREE = 100000000000000001, 100000000000000002, 100000000000000003


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch, tmp_path):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_the_defaults_are_the_documented_ones(tmp_path):
    settings = load()
    shown = settings.model_dump(exclude={"database_url"})
    assert shown == {
        "mee6_guild_id": None,
        "discord_guild_id": None,
        "mee6_sync_enabled": True,
        "mee6_auth_token": None,
        "mee6_base_url": DEFAULT_BASE_URL,
        "mee6_page_size": 1000,
        "mee6_request_interval": 2,
        "mee6_timeout": 30,
        "mee6_retries": 3,
        "mee6_retry_base": 5,
        "mee6_retry_max": 60,
        "mee6_cooldown": 1800,
        "mee6_hold_ratio": 0.2,
        "xp_per_point": 100,
        "members_sql": None,
        "members_database_url": None,
        "log_level": "warning",
        "log_format": "text",
        "alert_urls": None,
        "healthcheck_url": None,
        "sentry_dsn": None,
        "metrics_textfile": None,
        "pushgateway_url": None,
        "discord_webhook_url": None,
    }
    url = settings.database_url.get_secret_value()
    assert url.startswith(f"sqlite:///{tmp_path}/")
    assert url.endswith(".db")


def test_the_documented_table_is_what_the_settings_are():
    if PAGE.read_text() != page():
        pytest.fail("docs/settings.md is stale: run make docs")


def test_every_setting_has_a_line_of_help_and_a_unit():
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert "\n" not in field.description
        assert field.json_schema_extra["unit"], name


def test_an_extra_that_a_setting_needs_is_one_that_can_be_installed():
    project = tomllib.loads((PAGE.parents[1] / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    named = {field.json_schema_extra.get("extra") for field in Settings.model_fields.values()}
    assert named - {None} <= set(extras)


def test_the_environment_beats_env_file_and_an_option_beats_both(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text(f"MEE6_GUILD_ID={ONE}\nXP_PER_POINT=50\nMEE6_RETRIES=1\n")
    assert (load().mee6_guild_id, load().xp_per_point) == (ONE, 50)
    monkeypatch.setenv("MEE6_GUILD_ID", str(TWO))
    monkeypatch.setenv("xp_per_point", "60")
    assert (load().mee6_guild_id, load().xp_per_point) == (TWO, 60)
    given = load(mee6_guild_id=THREE, xp_per_point=70)
    assert (given.mee6_guild_id, given.xp_per_point, given.mee6_retries) == (THREE, 70, 1)
    assert load(mee6_guild_id=None).mee6_guild_id == TWO


def test_another_env_file_is_read_instead(tmp_path):
    (tmp_path / ".env").write_text("XP_PER_POINT=50\nMEE6_RETRIES=1\n")
    other = tmp_path / "other.env"
    other.write_text('# ours\nexport XP_PER_POINT="60"\n\nSOMETHING_ELSE=1\n')
    assert (load(other).xp_per_point, load(other).mee6_retries) == (60, 3)


def test_mee6_guild_id_falls_back_to_discord_guild_id(monkeypatch):
    monkeypatch.setenv("DISCORD_GUILD_ID", str(ONE))
    assert (load().guild_id, require_guild(load())) == (ONE, ONE)
    monkeypatch.setenv("MEE6_GUILD_ID", "")
    assert load().guild_id == ONE
    monkeypatch.setenv("MEE6_GUILD_ID", str(TWO))
    assert load().guild_id == TWO
    assert load(mee6_guild_id=THREE).guild_id == THREE


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_an_empty_variable_counts_as_unset(monkeypatch, name):
    usual = load()
    monkeypatch.setenv(name.upper(), "")
    assert load() == usual


@pytest.mark.parametrize(
    ("name", "value", "means"),
    [
        ("MEE6_SYNC_ENABLED", "false", False),
        ("MEE6_SYNC_ENABLED", "0", False),
        ("MEE6_SYNC_ENABLED", "off", False),
        ("MEE6_SYNC_ENABLED", "yes", True),
        ("MEE6_REQUEST_INTERVAL", "0", 0),
        ("MEE6_REQUEST_INTERVAL", "2.5", 2.5),
        ("MEE6_COOLDOWN", "0", 0),
        ("MEE6_RETRIES", "0", 0),
        ("MEE6_HOLD_RATIO", "1", 1),
        ("LOG_LEVEL", "DEBUG", "debug"),
        ("LOG_FORMAT", "Json", "json"),
        ("MEE6_BASE_URL", "http://127.0.0.1:8000/board/", "http://127.0.0.1:8000/board"),
        ("MEE6_GUILD_ID", f" {ONE} ", ONE),
    ],
)
def test_values_mean_what_an_operator_expects(monkeypatch, name, value, means):
    monkeypatch.setenv(name, value)
    assert getattr(load(), name.lower()) == means


@pytest.mark.parametrize(
    ("name", "value", "should"),
    [
        ("MEE6_GUILD_ID", "12", "17 to 19 digits"),
        ("MEE6_GUILD_ID", "1.2E+17", "17 to 19 digits"),
        ("MEE6_SYNC_ENABLED", "maybe", "boolean"),
        ("MEE6_BASE_URL", "mee6.xyz", "web address such as https://mee6.xyz"),
        ("MEE6_BASE_URL", "file:///etc/passwd", "web address"),
        ("MEE6_BASE_URL", "http://mee6.xyz:99999", "1 to 65535"),
        ("MEE6_BASE_URL", "http://[mee6.xyz", "web address"),
        ("MEE6_BASE_URL", "http://mee6.xyz:0", "1 to 65535"),
        ("MEE6_PAGE_SIZE", "0", "greater than or equal to 1"),
        ("MEE6_PAGE_SIZE", "1001", "less than or equal to 1000"),
        ("MEE6_PAGE_SIZE", "many", "integer"),
        ("MEE6_REQUEST_INTERVAL", "-1", "greater than or equal to 0"),
        ("MEE6_REQUEST_INTERVAL", "nan", "finite"),
        ("MEE6_TIMEOUT", "0", "greater than 0"),
        ("MEE6_TIMEOUT", "1e300", "less than or equal to"),
        ("MEE6_COOLDOWN", "1e300", "less than or equal to"),
        ("MEE6_COOLDOWN", "inf", "finite"),
        ("MEE6_RETRIES", "-1", "greater than or equal to 0"),
        ("MEE6_RETRIES", "1.5", "integer"),
        ("MEE6_HOLD_RATIO", "0", "greater than 0"),
        ("MEE6_HOLD_RATIO", "1.1", "less than or equal to 1"),
        ("XP_PER_POINT", "0", "greater than or equal to 1"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("LOG_FORMAT", "xml", "'text' or 'json'"),
        ("METRICS_TEXTFILE", "metrics.txt", "end in .prom"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value_and_what_it_should_be(
    monkeypatch, name, value, should
):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load()
    said = str(caught.value)
    assert said.startswith(name)
    assert f"is {value!r}: " in said
    assert should in said
    assert caught.value.exit_code == 78


def test_a_wrong_fallback_guild_is_named_too(monkeypatch):
    monkeypatch.setenv("DISCORD_GUILD_ID", "12")
    with pytest.raises(ConfigError, match=r"^DISCORD_GUILD_ID is '12'"):
        load()


def test_all_wrong_settings_are_told_at_once(monkeypatch):
    monkeypatch.setenv("MEE6_RETRIES", "x")
    monkeypatch.setenv("XP_PER_POINT", "x")
    with pytest.raises(ConfigError) as caught:
        load()
    assert [line.split()[0] for line in str(caught.value).splitlines()] == [
        "MEE6_RETRIES", "XP_PER_POINT",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MEE6_AUTH_TOKEN", f"{TOKEN}\nX-Other: 1"),
        ("MEE6_AUTH_TOKEN", f"{TOKEN}é"),
        ("MEE6_BASE_URL", f"https://me:{PASSWORD}@mee6.xyz"),
        ("MEE6_BASE_URL", f"ftp://me:{PASSWORD}@mee6.xyz"),
        ("MEE6_BASE_URL", f"https://me:{PASSWORD}/x@mee6.xyz"),
        ("MEE6_BASE_URL", f"https://me:{PASSWORD}@mee6.xyz:port"),
        ("MEE6_BASE_URL", f"https://me:{PASSWORD}@\u2100mee6.xyz"),
        ("MEE6_BASE_URL", f"https://[me:{PASSWORD}@mee6.xyz"),
        ("HEALTHCHECK_URL", f"hc-ping.com/{TOKEN}"),
        ("HEALTHCHECK_URL", f"https://hc-ping.com:{TOKEN}/x"),
        ("SENTRY_DSN", f"ftp://{TOKEN}@sentry.example/1"),
        ("PUSHGATEWAY_URL", TOKEN),
        ("DISCORD_WEBHOOK_URL", f"https://evil.example/api/webhooks/{ONE}/{PASSWORD}"),
        ("DISCORD_WEBHOOK_URL", f"https://discord.com/api/webhooks/{PASSWORD}"),
    ],
)
def test_a_secret_is_in_no_message(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as caught:
        load()
    assert str(caught.value).startswith(f"{name} has a value that is not printed here: it")
    assert MARK not in str(caught.value)


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_is_in_the_settings_as_printed(monkeypatch, name):
    monkeypatch.setenv(name, secret_value(name))
    settings = load()
    assert getattr(settings, name.lower()).get_secret_value() == secret_value(name)
    printed = (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        str(settings.model_dump()),
    )
    assert MARK not in "".join(printed)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    "line",
    [
        "{name}:{secret}",
        "{name}: {secret}",
        "{name} {secret}",
        "{name}:{secret}==",
        "{name}-{secret}=1",
        "export {name}:{secret}",
        "{name}='{secret}",
        "{name}X={secret}\nMEE6_{name}={secret}",
        "{name}={secret}\n{name}:{secret}",
        "{name}={secret}\nMEE6_RETRIES={name}",
        "{name}={secret}\n{name}=other\nMEE6_RETRIES=x",
    ],
)
def test_no_slip_in_a_settings_file_shows_a_secret(tmp_path, name, line):
    file = tmp_path / "x.env"
    for secret in (TOKEN, f"https://me:{PASSWORD}@host/db?password={PASSWORD}"):
        file.write_text(line.format(name=name, secret=secret))
        with pytest.raises(ConfigError) as caught:
            load(file)
        assert MARK not in "".join(traceback.format_exception(caught.value)).lower()


def test_a_settings_file_of_several_programs_is_fine(tmp_path):
    (tmp_path / ".env").write_text("some.other-setting=1\nDATABASE_URLS=2\nXP_PER_POINT=7\n")
    assert load().xp_per_point == 7


def test_a_missing_env_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"--env-file .*nowhere\.env: there is no such file"):
        load(tmp_path / "nowhere.env")


def test_an_env_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / ".env").write_bytes("XP_PER_POINT=50 # für uns".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"The settings file \.env cannot be read: .*utf-8"):
        load()


def test_a_command_for_one_guild_says_how_to_name_it():
    assert require_guild(load(mee6_guild_id=ONE)) == ONE
    with pytest.raises(ConfigError, match=r"--guild ID or set MEE6_GUILD_ID.*Copy Server ID"):
        require_guild(load())
