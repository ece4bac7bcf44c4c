"""Pings as a server of the Healthchecks protocol takes them."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from receivers import service
from support import START, TOKEN

from trc_mee6.notify.events import Ended, Outcome, Started
from trc_mee6.notify.healthchecks import Healthchecks
from trc_mee6.notify.telling import Telling
from trc_mee6.report import RunReport, Status

JOBS = ("sync", "streaks")
RUN = RunReport("sync", Status.OK, 7, "S1")


def ended(outcome, run=RUN):
    return Ended(run, outcome, "sync ok: 20 players 小林")


def test_start_success_failure_and_neither_are_told_apart(web, told):
    check = Healthchecks(f"{web.url}/uuid-{TOKEN}?create=1", JOBS, None)
    events = [Started(RUN), *(ended(outcome) for outcome in Outcome)]
    assert told(check, *events) is None
    paths = [urlsplit(path) for path in web.paths]
    assert [path.path.removeprefix(f"/uuid-{TOKEN}") for path in paths] == [
        "/start", "", "/fail", "/log",
    ]  # fmt: skip
    assert [one.method for one in web.asked] == ["POST"] * 4
    assert web.asked[0].body == b""
    assert {one.body.decode() for one in web.asked[1:]} == {"sync ok: 20 players 小林"}
    queries = [parse_qs(path.query) for path in paths]
    assert {query["create"][0] for query in queries} == {"1"}
    (run_id,) = {query["rid"][0] for query in queries}
    assert UUID(run_id)


def test_job_and_guild_are_filled_in_and_other_jobs_are_not_told(web, told):
    check = Healthchecks(f"{web.url}/key/{{guild_id}}-{{job}}", JOBS, None)
    told(check, Started(RUN), Started(replace(RUN, command="streaks")))
    told(check, Started(replace(RUN, command="backfill-baseline")))
    assert [urlsplit(path).path for path in web.paths] == [
        "/key/7-sync/start",
        "/key/7-streaks/start",
    ]


def test_overlapping_runs_have_ids_of_their_own(web, told):
    check = Healthchecks(web.url, JOBS, None)
    told(check, Started(RUN), Started(replace(RUN, sync_id="S2")), ended(Outcome.GOOD))
    first, second, end = (parse_qs(urlsplit(path).query)["rid"] for path in web.paths)
    assert first == end != second


def test_a_run_that_never_began_has_no_id(web, told):
    told(Healthchecks(web.url, JOBS, None), ended(Outcome.BAD, replace(RUN, sync_id=None)))
    assert web.paths == ["/fail"]


def test_a_trial_changes_no_state(web):
    telling = Telling([Healthchecks(f"{web.url}/{{job}}/{{guild_id}}", JOBS, 7)])
    assert telling.test(START) == [("HEALTHCHECK_URL", None)]
    assert web.paths == ["/sync/7/log", "/streaks/7/log"]
    assert b"nothing is wrong" in web.asked[0].body
    web.asked.clear()
    assert Telling([Healthchecks(web.url, JOBS, None)]).test(START)[0].problem is None
    assert web.paths == ["/log"]


def test_a_trial_without_the_guild_that_the_address_needs_says_so(web, told):
    (arrival,) = Telling([Healthchecks(f"{web.url}/{{guild_id}}", JOBS, None)]).test(START)
    assert arrival.problem == "its address has {guild_id}, and no guild is named"


def test_a_server_that_stumbles_is_asked_again(web, told):
    web.statuses += [500, 429]
    assert told(Healthchecks(web.url, JOBS, None), ended(Outcome.GOOD)) is None
    assert len(web.asked) == 3


def test_a_check_that_is_not_there_is_told(web, told):
    web.says = b"OK (not found)"
    said = told(Healthchecks(web.url, JOBS, None), ended(Outcome.GOOD))
    assert said == "there is no such check"
    with service(status=404) as other:
        assert told(Healthchecks(other.url, JOBS, None), ended(Outcome.GOOD)) == "HTTP 404"
        assert len(other.asked) == 1


def test_a_redirect_is_not_followed(told):
    with service(status=302) as other:
        assert told(Healthchecks(other.url, JOBS, None), ended(Outcome.GOOD)) == "HTTP 302"


def test_a_broken_server_is_told_without_its_address(broken, told):
    check = Healthchecks(f"{broken.url}/{TOKEN}", JOBS, None)
    assert told(check, ended(Outcome.GOOD), patience=1.5) == broken.says


def test_no_tls_is_told(web, told):
    url = web.url.replace("http:", "https:")
    said = told(Healthchecks(url, JOBS, None), ended(Outcome.GOOD))
    assert said == "its certificate is not trusted, or it speaks no TLS"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1\x00", "http://[::1"])
def test_an_odd_address_ends_no_run(told, url):
    assert told(Healthchecks(url, JOBS, None), ended(Outcome.GOOD)) is not None
