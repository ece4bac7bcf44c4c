"""`notify test`: every service that is set gets a marked message, and each is reported."""

import pytest
from cli.schemas import FAILURE, NOTIFY_TEST, conforms
from support import GUILD, MARK, TOKEN

NO_FOLDER = "the file cannot be written: its folder does not exist"


@pytest.fixture
def everybody(web, tmp_path):
    """The settings of all services, taken by one server but for the file."""
    host = web.url.removeprefix("http://")
    return {
        "ALERT_URLS": f"json://{host}/{TOKEN} json://{host}/other",
        "HEALTHCHECK_URL": f"{web.url}/{TOKEN}/{{job}}",
        "SENTRY_DSN": f"http://{MARK}@{host}/42",
        "METRICS_TEXTFILE": str(tmp_path / "trc-mee6.prom"),
        "PUSHGATEWAY_URL": f"http://me:{MARK}@{host}",
    }


def test_everybody_is_sent_a_test_that_says_so(run, web, everybody, tmp_path):
    ran = run("notify", "test", **everybody)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "ALERT_URLS 1 of 2 (json): arrived",
        "ALERT_URLS 2 of 2 (json): arrived",
        "HEALTHCHECK_URL: arrived",
        "SENTRY_DSN: arrived",
        "METRICS_TEXTFILE: arrived",
        "PUSHGATEWAY_URL: arrived",
    ]
    paths = sorted(web.paths)
    assert paths == [
        "/api/42/envelope/",
        "/metrics/job/trc-mee6-test", "/metrics/job/trc-mee6-test",
        "/other", f"/{TOKEN}",
        f"/{TOKEN}/streaks/log", f"/{TOKEN}/sync/log",
    ]  # fmt: skip
    assert "test" in (tmp_path / "trc-mee6.prom").read_text()


def test_who_was_not_reached_is_named_with_the_reason(run, everybody, web, tmp_path):
    web.statuses += [404] * 9
    ran = run("notify", "test", **everybody | {"METRICS_TEXTFILE": "/nowhere/x.prom"})
    assert (ran.code, ran.out) == (69, "")
    assert sorted(ran.err.splitlines()) == [
        "trc-mee6: ALERT_URLS 1 of 2 (json): did not arrive: HTTP 404",
        "trc-mee6: ALERT_URLS 2 of 2 (json): did not arrive: HTTP 404",
        "trc-mee6: HEALTHCHECK_URL: did not arrive: HTTP 404",
        f"trc-mee6: METRICS_TEXTFILE: did not arrive: {NO_FOLDER}",
        "trc-mee6: PUSHGATEWAY_URL: did not arrive: HTTP 404",
        "trc-mee6: SENTRY_DSN: did not arrive: HTTP 404",
    ]


def test_json_is_one_document_whether_they_arrived_or_not(run, web):
    ran = run("notify", "test", "--format", "json", HEALTHCHECK_URL=web.url)
    conforms(ran.document, NOTIFY_TEST)
    assert ran.document["receivers"] == [
        {"receiver": "HEALTHCHECK_URL", "arrived": True, "reason": None}
    ]
    web.statuses.append(404)
    ran = run("notify", "test", "--format", "json", HEALTHCHECK_URL=web.url)
    conforms(ran.document, NOTIFY_TEST)
    assert (ran.code, ran.document["status"]) == (69, "failed")
    assert ran.document["receivers"][0]["reason"] == "HTTP 404"


def test_with_nobody_set_it_says_what_to_set(run):
    ran = run("notify", "test", "--format", "json")
    assert ran.code == 78
    conforms(ran.document, FAILURE)
    assert "none of ALERT_URLS, HEALTHCHECK_URL, SENTRY_DSN" in ran.err


def test_quiet_says_only_what_is_wrong(run, web):
    ran = run("--quiet", "notify", "test", HEALTHCHECK_URL=web.url)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_terminal_shows_a_table(terminal, web):
    web.statuses.append(404)
    ran = terminal("notify", "test", HEALTHCHECK_URL=web.url)
    assert "did not arrive: HTTP 404" in ran.out
    assert "Test message" in ran.out


def test_the_guild_named_is_the_one_of_the_address(run, web):
    run("notify", "test", "--guild", str(GUILD + 1), HEALTHCHECK_URL=f"{web.url}/{{guild_id}}")
    assert web.paths == [f"/{GUILD + 1}/log"]


def test_it_touches_no_database(run, web, tmp_path):
    run("notify", "test", HEALTHCHECK_URL=web.url)
    assert [file.name for file in tmp_path.iterdir()] == []
