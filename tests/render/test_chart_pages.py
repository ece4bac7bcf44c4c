"""Charts as pages, in a real browser: they load nothing, run nothing else, and answer."""

import pytest
from chart_samples import CHARTS, growth
from hostile import TEXTS

from trc_mee6.render import charts
from trc_mee6.render.charts.page import _whole_script


@pytest.fixture
def look(browser, tmp_path):
    """Open a page; give it, and what it said and asked for."""
    contexts = []

    def opened(shown, *, width=1000, scheme="light"):
        file = tmp_path / "chart.html"
        file.write_text(shown)
        context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        heard = []
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: heard.append(dialog.message))
        page.on("request", lambda request: heard.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("#chart svg")
        assert heard.pop(0) == file.as_uri()
        return page, heard

    yield opened
    for context in contexts:
        context.close()


def background(page):
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


@pytest.mark.parametrize("kind", CHARTS)
def test_a_page_says_no_error_and_asks_for_nothing(look, kind):
    page, heard = look(charts.html(CHARTS[kind]))
    assert "The Guild" in page.title()
    assert page.locator("#chart svg text").count() > 5
    assert heard == []


def test_a_page_fits_its_window_follows_its_reader_and_answers_a_pointer(look):
    chart = growth("Ada", "Bea", "小林")
    shown = charts.html(chart)
    _whole_script.cache_clear()
    assert shown == charts.html(chart)
    for width in (320, 390, 1000):
        page, heard = look(shown, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert heard == []
    assert background(page) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("html.dark")
    assert background(page) == "rgb(22, 24, 29)"
    page.wait_for_selector("#chart svg")
    box = page.locator("#chart svg .mark-symbol path").last.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector("#tip:not([hidden])")
    assert page.locator("#tip").inner_text().split("\n")[0] in ("Ada", "Bea", "小林")


def test_a_scheme_that_is_given_stays(look):
    page, _ = look(charts.html(CHARTS["levels"], scheme=charts.Scheme.DARK), scheme="light")
    assert background(page) == "rgb(22, 24, 29)"


def test_hostile_names_run_nothing_in_a_page(look):
    texts = [text for text in TEXTS.values() if len(text) < 200]
    guild = TEXTS["HTML"] + TEXTS["image"]
    crowd = growth(*texts[-25:], TEXTS["HTML"], "</script><script>alert(1)</script>", guild=guild)
    page, heard = look(charts.html(crowd))
    assert heard == []
    assert page.evaluate("document.scripts.length") == 2
    assert page.locator("img, iframe, a, object, embed").count() == 0
