"""The site in a real browser: what visitors do with it, however they see and steer it."""

import json

import hostile
import pytest
from axe_playwright_python.sync_playwright import Axe
from community import TODAY, noon

from trc_mee6.render.site import index_page, member_page
from trc_mee6.report import Leaderboard, ListedMember, Ranked, Standing
from trc_mee6.rules.days import period

PAGES = ("index.html", "week.html", "member")
EVER = period("all", TODAY)


def names(page):
    return page.locator("tbody th").all_inner_texts()


def column(page, title):
    """Return the numbers of a column from top to bottom."""
    head = page.locator("thead th").all_inner_texts()
    index = next(n for n, text in enumerate(head) if text == title)
    cells = page.locator(f"tbody tr > :nth-child({index + 1})").all_inner_texts()
    return [int(cell.replace(",", "")) for cell in cells]


def document(site):
    return json.loads((site / "leaderboard.json").read_text())


def listed(site, part):
    """Return the names of the first ranking that have a part in them."""
    names = [one["username"] for one in document(site)["entries"]]
    return [name for name in names if part in name]


def found(page):
    return page.get_by_role("status").inner_text()


def a_page(site, kind):
    return site / kind if kind != "member" else sorted(site.glob("member/*.html"))[3]


def serious(page):
    """Return what axe-core finds that is serious or worse."""
    alike = {"exclude": [["tbody tr:nth-child(n + 9)"]]}
    results = Axe().run(page, context=alike).response
    assert len(results["passes"]) > 15  # it has looked
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in results["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def is_too_wide(page):
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_visitor_finds_a_member_and_reads_their_page(open_page, site):
    page = open_page(site / "index.html")
    page.get_by_label("Find a member").fill("kofi 112")
    assert names(page) == ["Kofi 112"]
    assert found(page) == "1 of 150 members"
    page.get_by_role("link", name="Kofi 112").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Kofi 112"
    assert page.get_by_role("heading", name="Points over the last year").is_visible()
    assert page.get_by_role("img", name="From ").count() == 1
    assert page.get_by_role("img", name="Active on ").count() == 1
    page.get_by_role("link", name="This week").click()
    assert page.url.endswith("/week.html")


def test_search_knows_every_script_ids_and_nobody(open_page, site):
    page = open_page(site / "index.html")
    search = page.get_by_label("Find a member")
    for typed, meant in (
        ("小林", "小林さくら"), ("ÓSCAR", "Óscar"), ("γιώργος", "Γιώργος"), ("ａｄａ ", "Ada"),
    ):  # fmt: skip
        search.fill(typed)
        assert found(page) == f"{len(listed(site, meant))} of 150 members"
        assert sorted(names(page)) == sorted(listed(site, meant))
    search.fill("nobody at all")
    assert names(page) == []
    assert page.get_by_text("Nobody of that name or id").is_visible()
    search.fill("")
    assert found(page) == "150 members"
    assert not page.get_by_text("Nobody of that name or id").is_visible()
    search.fill(document(site)["entries"][140]["discord_id"])
    assert names(page) == [document(site)["entries"][140]["username"]]


def test_any_column_sorts_both_ways_and_says_so(open_page, site):
    page = open_page(site / "index.html")
    by_rank = names(page)
    for title, of in (("XP", "XP"), ("Streak", "Streak"), ("Level", "Level")):
        page.get_by_role("button", name=title, exact=True).click()
        head = page.get_by_role("columnheader", name=title, exact=True)
        assert head.get_attribute("aria-sort") == "descending"
        assert page.locator("th[aria-sort]").count() == 1
        assert column(page, of) == sorted(column(page, of), reverse=True)
        page.get_by_role("button", name=title, exact=True).click()
        assert head.get_attribute("aria-sort") == "ascending"
        assert column(page, of) == sorted(column(page, of))
    page.get_by_role("button", name="Member").click()
    assert names(page)[:3] == ["Ada", "Ada 21", "Ada 41"]
    page.get_by_role("button", name="Rank").click()
    assert names(page)[:100] == by_rank[:100]


def test_a_sorted_search_stays_sorted(open_page, site):
    page = open_page(site / "index.html")
    page.get_by_role("button", name="Messages").click()
    page.get_by_label("Find a member").fill("ada")
    assert column(page, "Messages") == sorted(column(page, "Messages"), reverse=True)
    assert len(names(page)) == len(listed(site, "Ada")) > 1


def test_the_period_switch_leads_to_another_ranking_and_back(open_page, site):
    page = open_page(site / "index.html")
    ever = names(page)
    switch = page.get_by_role("navigation", name="Period")
    assert switch.locator("[aria-current]").inner_text() == "All time"
    for label in ("This month", "This week", "Today"):
        switch.get_by_role("link", name=label).click()
        assert switch.locator("[aria-current]").inner_text() == label
        assert names(page) != ever
    switch.get_by_role("link", name="All time").click()
    assert names(page) == ever


def test_the_others_come_as_one_scrolls(open_page, site):
    page = open_page(site / "index.html")
    last = page.locator('tr[aria-rowindex="151"]')
    by_template = page.locator("tbody tr").all_inner_texts()
    page.mouse.wheel(0, 100_000)
    last.wait_for(state="attached")
    assert not page.get_by_role("button", name="Show more").is_visible()
    assert len(set(names(page))) == 150
    page.get_by_role("button", name="Points").click()
    page.mouse.wheel(0, 100_000)
    last.wait_for(state="attached")
    page.get_by_role("button", name="Rank").click()  # all made by the script now
    assert page.locator("tbody tr").all_inner_texts()[:100] == by_template


def test_without_script_the_first_hundred_are_there(open_page, site):
    page = open_page(site / "index.html", java_script_enabled=False)
    assert len(names(page)) == 100
    assert page.get_by_text("These are the first 100").is_visible()
    assert not page.get_by_label("Find a member").is_visible()
    assert page.get_by_role("button").count() == 0


def test_the_keyboard_alone_is_enough(open_page, site):
    page = open_page(site / "index.html")

    def focused():
        return page.evaluate(
            "[document.activeElement.innerText || document.activeElement.id,"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )

    page.keyboard.press("Tab")
    assert focused() == ["Skip to the ranking", "solid"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused() == ["search", "solid"]
    page.keyboard.type("ada")
    assert found(page) == f"{len(listed(site, 'Ada'))} of 150 members"
    for _ in range(5):
        page.keyboard.press("Tab")
    assert focused() == ["XP gained", "solid"]
    page.keyboard.press("Enter")
    assert column(page, "XP gained") == sorted(column(page, "XP gained"), reverse=True)
    for _ in range(6):
        page.keyboard.press("Tab")
    assert focused()[0].startswith("Ada")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Standing").wait_for()


def test_nothing_in_focus_is_hidden_under_the_head_of_the_table(open_page, site):
    page = open_page(site / "index.html")
    page.locator("tbody a").nth(60).focus()
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(
            """document.activeElement.getBoundingClientRect().top
                >= document.querySelector("thead th").getBoundingClientRect().bottom"""
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", PAGES)
def test_everybody_can_use_it_on_any_screen(open_page, site, served, kind, scheme):
    address = f"{served(site)}/{a_page(site, kind).relative_to(site)}"
    for width in (320, 1440):
        page = open_page(address, width, scheme, reduced_motion="reduce")
        assert not is_too_wide(page)
        assert serious(page) == []
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(20, 20, 29)") == (scheme == "dark")
        assert page.locator("h1").is_visible()


def test_a_page_that_some_cannot_use_would_be_noticed(open_page, site, tmp_path):
    text = (site / "index.html").read_text()
    for good, bad in (
        ('<label for="search">Find a member</label>', ""),
        (' placeholder="Name or id"', ""),
        ("--quiet: #5c5c70", "--quiet: #ccc"),
        ('http-equiv="Content-Security-Policy"', 'name="none"'),  # it would not let the style in
    ):
        assert good in text
        text = text.replace(good, bad)
    (tmp_path / "broken.html").write_text(text)
    page = open_page(tmp_path / "broken.html")
    assert {which for which, _ in serious(page)} >= {"label", "color-contrast"}


def board(*entries, guild="The Community", total=3):
    return Leaderboard(7, guild, noon(TODAY), "points", EVER, total, iter(entries))


def index_of(entries, guild="The Community"):
    return index_page(board(guild=guild), entries, [EVER], EVER, noon(TODAY), None)


def member(number, name, **values):
    usual = {"points": 100, "xp": 10_000, "level": 14, "messages": 5, "current_streak": 3}
    filled = usual | {"xp_gained": 1, "longest_streak": 4, "last_active_on": TODAY} | values
    return Ranked(rank=number, discord_id=10**17 + number, member_id=None, username=name, **filled)


_MARKUP = (
    "</script><script>alert(1)</script>", "</style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>', "'-alert(1)-'", "javascript:alert(1)", "{{7*7}}",
    "${alert(1)}", "<!--<script>", "]]><svg onload=alert(1)>", "__proto__", "\u202eevil",
)  # fmt: skip


def test_hostile_names_are_text_and_nothing_else(open_page, tmp_path):
    texts = [*_MARKUP, *map(hostile.stored, hostile.TEXTS.values())]
    entries = [member(number, text) for number, text in enumerate(texts, 1)]
    path = tmp_path / "index.html"
    path.write_text(index_of(entries, guild="<script>alert(1)</script>"))
    page = open_page(path)
    assert page.get_by_role("heading", level=1).inner_text() == "<script>alert(1)</script>"
    by_template = page.locator("tbody bdi").all_text_contents()
    page.get_by_role("button", name="Rank").click()
    page.get_by_role("button", name="Rank").click()
    by_script = page.locator("tbody bdi").all_text_contents()
    assert by_script[:100] == by_template[:100]
    assert by_script[: len(_MARKUP) - 1] == list(_MARKUP[:-1])
    page.get_by_label("Find a member").fill("<script>")
    assert page.locator("tbody tr").count() > 2
    assert page.locator("tbody img, tbody script, tbody svg").count() == 0
    for text in by_template:
        assert hostile.unclean(text) == []
    assert not is_too_wide(open_page(path, 320))
    for number, text in enumerate(_MARKUP):
        listed = ListedMember(member(1, text), (Standing(EVER, None),), 1, [])
        path = tmp_path / f"{number}.html"
        path.write_text(member_page(board(guild=text), listed, EVER))
        assert not is_too_wide(open_page(path, 320))


def test_long_names_and_names_from_right_to_left_keep_their_row(open_page, tmp_path):
    entries = [
        member(1, "wwwwwwwwww" * 10),
        member(2, "دانا 2"),
        member(3, "小" * 40),
        member(4, None),
    ]
    (tmp_path / "index.html").write_text(index_of(entries))
    for width in (320, 390, 768, 1440):
        page = open_page(tmp_path / "index.html", width)
        assert not is_too_wide(page)
        assert page.locator("tbody tr").nth(1).locator("td").first.inner_text() == "2"
    assert names(page)[3] == str(10**17 + 4)


@pytest.fixture
def ten_thousand(open_page, tmp_path):
    entries = [
        member(number, f"Member {number}", points=10_000 - number) for number in range(1, 10_001)
    ]
    (tmp_path / "index.html").write_text(index_of(entries))
    return open_page(tmp_path / "index.html")


def test_ten_thousand_are_scrolled_and_few_of_them_in_the_page_at_a_time(ten_thousand):
    page = ten_thousand
    most = page.evaluate(
        """async () => {
          let most = 0;
          for (let down = 0; down < document.body.scrollHeight; down = scrollY + innerHeight) {
            scrollTo(0, down + 3000);
            await new Promise(requestAnimationFrame);
            most = Math.max(most, document.querySelectorAll("tbody th").length);
          }
          return most;
        }"""
    )
    assert most < 600
    assert names(page)[-1] == "Member 10000"
    last = page.locator("tbody tr").last
    assert last.get_attribute("aria-rowindex") == "10001"
    height = page.evaluate("document.body.scrollHeight")
    page.evaluate("scrollTo(0, scrollY / 2)")
    page.get_by_role("link", name="Member 5000", exact=True).wait_for()
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("link", name="Member 1", exact=True).wait_for()
    assert page.evaluate("document.body.scrollHeight") == pytest.approx(height, rel=0.01)
    assert page.get_by_role("table").get_attribute("aria-rowcount") == "10001"
    page.get_by_role("link", name="Member 100", exact=True).focus()
    page.evaluate("scrollTo(0, 100_000)")
    page.get_by_role("link", name="Member 2000", exact=True).wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Member 101"
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("tbody th").count() == 10_000


def test_ten_thousand_are_searched_at_once(ten_thousand):
    page = ten_thousand
    assert found(page) == "10,000 members"
    spent = page.evaluate(
        """() => {
          const search = document.getElementById("search");
          const start = performance.now();
          for (const typed of ["m", "me", "member 9", "member 99", "9999", "nobody", ""]) {
            search.value = typed;
            search.dispatchEvent(new Event("input"));
            document.body.getBoundingClientRect(); // lays it out, as for the screen
          }
          return (performance.now() - start) / 7;
        }"""
    )
    assert spent < 100, f"{spent:.0f} ms"
    page.get_by_label("Find a member").fill("member 9999")
    assert names(page) == ["Member 9999"]
    page.get_by_label("Find a member").fill("")
    page.get_by_role("button", name="Points").click()
    page.get_by_role("button", name="Points").click()
    assert names(page)[0] == "Member 10000"


def test_a_ranking_of_nobody_is_friendly(open_page, tmp_path):
    (tmp_path / "index.html").write_text(index_of([]))
    page = open_page(tmp_path / "index.html")
    assert page.get_by_text("Nobody has gained anything in this time").is_visible()
    assert page.locator("table, input").count() == 0
    assert serious(page) == []


def test_other_sites_read_the_document_beside_it(site):
    given = document(site)
    assert (given["command"], len(given["entries"])) == ("leaderboard", 150)
    assert given["generated_at"] == "2026-11-18T12:00:00Z"
