"""The pages of a site: what is in them, and how large they are."""

import base64
import json
import re
from datetime import timedelta
from hashlib import sha256
from html.parser import HTMLParser

import hostile
import pytest
from community import TODAY, noon

from trc_mee6.render.site import drawing, index_page, label_of, member_page
from trc_mee6.report import (
    Growth,
    GrowthLine,
    Leaderboard,
    ListedMember,
    MemberDay,
    Ranked,
    Standing,
)
from trc_mee6.rules.days import between, period
from trc_mee6.rules.levels import xp_at
from trc_mee6.rules.streaks import Kind

EVER, WEEK = period("all", TODAY), period("week", TODAY)
YEAR = [TODAY - timedelta(days=ago) for ago in range(366, -1, -1)]


def board(days=EVER, by="points", guild="The Community", total=3, **values):
    return Leaderboard(7, guild, noon(TODAY), by, days, total, iter(()), **values)


def ranked(number=1, **values):
    usual = {
        "member_id": None, "username": "Ada", "points": 12_345, "xp": xp_at(20) + 1_000,
        "xp_gained": 54_321, "level": 20, "messages": 6_789, "current_streak": 12,
        "longest_streak": 40, "last_active_on": TODAY,
    }  # fmt: skip
    return Ranked(number, 10**17 + number, **(usual | values))


def index(*lines, days=EVER, growth=None, synced_at=None, **values):
    return index_page(board(days, **values), lines, [EVER, WEEK], EVER, synced_at, growth)


def member(*days, by="points", **values):
    listed = ListedMember(
        ranked(**values), (Standing(EVER, ranked(3)), Standing(WEEK, None)), 1_000, list(days)
    )
    return member_page(board(by=by), listed, EVER)


def a_day(day, kind=Kind.ACTIVE, xp=200, points=2):
    return MemberDay(day, kind, xp, points)


def text(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


class Tags(HTMLParser):
    """All start tags of a page, and what is in its scripts and styles."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.inside = [], {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] in ("style", "script") and data.strip():
            kind = self.tags[-1][1].get("type", self.tags[-1][0])
            self.inside.setdefault(kind, data)


PAGES = {
    "index": lambda: index(*(ranked(n) for n in range(1, 5)), growth=growth(4)),
    "member": lambda: member(*map(a_day, YEAR)),
}


def growth(members):
    lines = (
        GrowthLine(10**17 + n, f"Member {n}", tuple(at * (50 - n) for at in range(367)))
        for n in range(members)
    )
    return Growth(7, "The Community", "points", YEAR[1], TODAY, tuple(lines))


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_lets_in_nothing_but_what_is_in_it(kind):
    page = PAGES[kind]()
    found = Tags(page)
    policy = next(a["content"] for _, a in found.tags if a.get("http-equiv"))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy
    for rule, inside in (("style-src", "style"), ("script-src", "module")):
        if inside in found.inside:
            digest = base64.b64encode(sha256(found.inside[inside].encode()).digest()).decode()
            assert rules[rule] == f"'sha256-{digest}'"
    attributes = [(tag, name, value) for tag, each in found.tags for name, value in each.items()]
    assert [one for one in attributes if one[1] == "style" or one[1].startswith("on")] == []
    addresses = [value for _, name, value in attributes if name in ("href", "src", "action")]
    assert addresses
    assert not [value for value in addresses if re.match(r"/|https?:|javascript:", value)]
    assert page.index('<meta name="generator" content="trc-mee6">') < 1024


def test_the_script_never_makes_html_of_text():
    script = Tags(PAGES["index"]()).inside["module"]
    for danger in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval", "fetch"):
        assert danger not in script


def test_the_first_page_of_a_hundred_with_a_year_of_history_is_light():
    names = ("Émilie Dubois-Laurent", "小林さくらさん", "दीपिका लक्ष्मी नारायण")
    lines = [
        ranked(n, username=f"{names[n % 3]} {n}", points=1_234_567 - n, xp=123_456_789 + n,
               xp_gained=9_876_543, messages=1_234_567, rank_before=n + 3)
        for n in range(1, 101)
    ]  # fmt: skip
    page = index(*lines, growth=growth(10), before=EVER)
    assert len(page.encode()) < 200_000


def test_the_first_hundred_are_html_and_the_others_known_to_the_script():
    page = index(*(ranked(n, username=f"N{n}") for n in range(1, 131)))
    assert page.count("<bdi>N") == 100
    inside = json.loads(Tags(page).inside["application/json"])
    assert [one[inside["fields"].index("name")] for one in inside["members"]] == [
        f"N{n}" for n in range(1, 131)
    ]
    assert "These are the first 100." in page
    assert "first 100" not in index(*(ranked(n) for n in range(1, 101)))


@pytest.mark.parametrize("what", hostile.TEXTS)
def test_hostile_texts_end_no_script_and_open_no_tag(what):
    name = hostile.stored(hostile.TEXTS[what])
    harmless = [tag for tag, _ in Tags(index(ranked(username="Ada"), source="x")).tags]
    page = index(ranked(username=name), guild=name, source=name)
    assert [tag for tag, _ in Tags(page).tags] == harmless
    assert hostile.unclean(page) == []
    assert hostile.highest_heap(page) < 10
    json.loads(Tags(page).inside["application/json"])
    listed = ListedMember(ranked(username=name), (), 0, [])
    page = member_page(board(guild=name), listed, EVER)
    tags = [tag for tag, _ in Tags(page).tags]
    calm = member_page(board(), ListedMember(ranked(), (), 0, []), EVER)
    assert tags == [tag for tag, _ in Tags(calm).tags]
    assert hostile.unclean(page) == []


def test_json_in_a_page_ends_no_script_and_keeps_every_character():
    name = "</script><!--&\u2028x"
    page = index(ranked(username=name), guild="G")
    inside = Tags(page).inside["application/json"]
    assert not set("<>&\u2028\u2029") & set(inside)
    assert "</script><!--&" in json.dumps(json.loads(inside), ensure_ascii=False)


def test_a_row_says_all_and_a_dash_where_nothing_is_known():
    assert "1 Ada 20 12,345 54,321" in text(index(ranked()))
    unknown = ranked(
        username=None, xp=None, level=None, messages=None, current_streak=None,
        longest_streak=None, last_active_on=None,
    )  # fmt: skip
    assert f"{10**17 + 1} – 12,345 54,321 – – – – –" in text(index(unknown))


def test_progress_is_that_to_the_next_level_by_mee6s_formula():
    page = index(ranked(xp=xp_at(20) + (xp_at(21) - xp_at(20)) // 2))
    assert re.search(r'<progress max="100" value="(49|50)" aria-label="(49|50) % of the way', page)
    for odd in ({"level": 3}, {"xp": -5, "level": 0}):  # MEE6 counts another way here
        assert re.search(r"<progress [^>]* hidden>", index(ranked(**odd)))


@pytest.mark.parametrize(
    ("before", "shown", "said"),
    [(4, "▲3", "up 3"), (1, "=", "as before"), (None, "new", "new")],
)
def test_a_rank_is_compared_with_that_of_the_period_before(before, shown, said):
    page = index(ranked(1, rank_before=before, is_new=before is None), days=WEEK, before=WEEK)
    assert f'<small role="img" aria-label="{said}">{shown}</small>' in page
    fallen = index(ranked(9, rank_before=4), days=WEEK, before=WEEK)
    assert 'aria-label="down 5">▼5</small>' in fallen
    assert "<small" not in index(ranked(1, rank_before=4))


@pytest.mark.parametrize(
    ("by", "kept"),
    [
        ("points", {"Points"}), ("xp", {"XP"}), ("gain", {"XP gained"}), ("level", {"Level"}),
        ("messages", {"Messages"}), ("streak", {"Streak"}),
    ],
)  # fmt: skip
def test_on_a_narrow_screen_what_the_ranking_is_about_stays(by, kept):
    head = r'<th scope="col" class="number main [^>]*>([^<]*)<'
    found = re.findall(head, index(ranked(), by=by))
    assert set(found) == kept


def test_a_period_has_a_name_that_people_use():
    assert [label_of(each) for each in (EVER, WEEK, period("30d", TODAY))] == [
        "All time", "This week", "Last 30 days",
    ]  # fmt: skip
    assert label_of(between(TODAY, TODAY)) == "2026-11-18 to 2026-11-18"


def test_the_chart_is_there_for_wide_and_narrow_and_in_words():
    page = index(ranked(), growth=growth(3))
    assert page.count("<svg xmlns") == 2
    assert "Member 0 18,300, Member 1 17,934" in page
    assert "<svg xmlns" not in index(ranked())


def test_a_members_page_shows_standing_line_and_calendar():
    page = member(*map(a_day, YEAR))
    shown = text(page)
    assert "All time 3 12,345 54,321" in shown
    assert "This week – – –" in shown
    assert "From 268 points on 2025-11-17 to 1,000 on 2026-11-18" in page
    assert "Active on 367 of 367 days since 2025-11-17; 0 inactive" in shown
    assert len(page.encode()) < 25_000
    assert f"to {xp_at(20) + 1_000:,} on" in member(*map(a_day, YEAR), by="level")


def test_a_line_needs_two_days_and_a_calendar_one():
    assert "The line begins on the second day." in member(a_day(TODAY))
    assert "Active on 1 of 1 day since 2026-11-18" in member(a_day(TODAY))
    assert "Not seen on the board yet." in member()


def test_the_line_goes_from_the_least_to_what_it_is_now():
    gains = [0, 5, 0, 0, -10, 30]
    days = [a_day(YEAR[n], points=gain) for n, gain in enumerate(gains)]
    curve = drawing.curve(days, 100, "points")
    assert (curve.low, curve.high, curve.now) == (75, 100, 100)
    points = [tuple(map(int, one.split())) for one in curve.line[1:].split("L")]
    # 75, 80, 80, 80, 70, 100: the least, 70, is at the bottom
    assert points == [(0, 167), (200, 134), (600, 134), (800, 200), (1000, 0)]


def test_a_calendar_has_every_day_once_and_tells_kinds_apart():
    kinds = [Kind.ACTIVE, Kind.GRACE, Kind.INACTIVE, Kind.UNJUDGED]
    days = [a_day(day, kinds[n % 4], xp=n) for n, day in enumerate(YEAR)]
    found = drawing.calendar(days)
    drawn = {}
    for half in found.halves:
        for kind, path in half.paths:
            drawn[kind] = drawn.get(kind, 0) + path.count("M")
    assert sum(drawn.values()) == len(days)
    assert drawn["grace"] == drawn["inactive"] + (len(days) % 4 > 2) - (len(days) % 4 > 2)
    active = [drawn[f"active{step}"] for step in (1, 2, 3, 4)]
    assert max(active) - min(active) <= 1
    assert len({css for css, _, _ in found.legend}) == 5
    assert len(drawing.calendar(days[:60]).halves) == 1
