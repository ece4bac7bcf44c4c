"""Charts as pictures: drawn, readable, harmless, the same every time."""

import io
import itertools
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date

import altair
import pytest
from chart_samples import CHARTS, NOTHING, activity, growth, levels, year
from hostile import TEXTS, highest_heap, unclean
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from trc_mee6.render import charts
from trc_mee6.render.charts import _description, documents
from trc_mee6.render.charts.growth import ticks
from trc_mee6.render.charts.labels import apart, short_name
from trc_mee6.render.charts.shades import shades
from trc_mee6.render.charts.theme import _COLOURS, _flat, config

LIGHT, DARK = charts.Scheme.LIGHT, charts.Scheme.DARK
SVG = "{http://www.w3.org/2000/svg}"
NAMES = (
    "Ada", "Bjørn", "小林さくら", "Chloé", "دانا", "Емил", "Fatima", "Γιώργος", "Hiro 🎮", "Inês",
    "Jürgen", "Kofi", "लक्ष्मी", "Mateo", "Ngọc", "Óscar", "Priya", "김민준", "Rosa", "Sam", None,
    "W" * 60, "👨‍👩‍👧 fam", "a b c d e f g h i j k l m n o p", "Ada",
)  # fmt: skip


def drawn(chart, **how):
    return ET.fromstring(charts.svg(chart, **how))


def texts(drawing):
    return ["".join(element.itertext()) for element in drawing.iter(f"{SVG}text")]


def pixels(chart, **how):
    return Image.open(io.BytesIO(charts.png(chart, **how))).convert("RGB")


@pytest.mark.parametrize(("width", "scheme"), [(390, DARK), (800, LIGHT)])
@pytest.mark.parametrize("kind", CHARTS)
def test_a_picture_has_its_width_its_colours_and_something_on_it(kind, width, scheme):
    picture = pixels(CHARTS[kind], scheme=scheme, width=width)
    assert picture.width == pytest.approx(2 * width, abs=4)
    assert 100 < picture.height < 2.2 * width
    background = picture.getpixel((2, 2))
    assert (sum(background) > 700) == (scheme is LIGHT)
    colours = dict(zip(*reversed(list(zip(*picture.getcolors(2**24), strict=True))), strict=True))
    assert len(colours) > 20
    assert 0.4 < colours[background] / (picture.width * picture.height) < 0.99


@pytest.mark.parametrize("width", [320, 800])
@pytest.mark.parametrize("kind", CHARTS)
def test_a_description_is_valid_vega_lite(kind, width):
    for chart in (CHARTS[kind], NOTHING[kind]):
        described = _description(chart, width, interactive=True)
        altair.LayerChart.from_dict(described | {"config": config(LIGHT, width)}, validate=True)


@pytest.mark.parametrize("kind", CHARTS)
def test_the_same_chart_is_the_same_bytes(kind):
    chart = CHARTS[kind]
    for make in (charts.png, charts.svg):
        assert make(chart, width=500) == make(chart, width=500)


@pytest.mark.parametrize("kind", NOTHING)
def test_nothing_to_show_is_a_picture_that_says_so(kind):
    said = {
        "growth": "Nothing was gained in these days.",
        "levels": "No member has a level yet.",
        "activity": "No gain is known by its hour in these days.",
        "year": "Not observed in this year.",
    }
    assert said[kind] in texts(drawn(NOTHING[kind]))


@pytest.mark.parametrize("width", [390, 800])
def test_the_names_of_25_members_stand_at_the_ends_and_none_upon_another(width):
    drawing = drawn(growth(*NAMES), width=width)
    places = {}
    for element in drawing.iter(f"{SVG}text"):
        x, y = map(float, re.findall(r"-?[\d.]+", element.get("transform"))[:2])
        places[element.text] = (x, y)
    assert {"Ada", "小林さくら", "دانا", "Hiro 🎮", "लक्ष्मी"} <= set(places)
    shown = [text for text in texts(drawing) if text in NAMES or text.endswith("…")]
    assert len(shown) >= 22
    heights = sorted(
        float(re.findall(r"-?[\d.]+", element.get("transform"))[1])
        for element in drawing.iter(f"{SVG}text")
        if element.text and element.text in NAMES
    )
    assert all(b - a >= 14.9 for a, b in itertools.pairwise(heights))
    assert float(drawing.get("width")) == pytest.approx(width, abs=2)


def test_what_is_shown_comes_first_however_long_the_guilds_name_is():
    guild = "A guild with a name as long as Discord lets it be, which is a hundred letters, no less"
    below = "A guild with a name as long as Discord…"
    for chart, title in (
        (growth("Ada", guild=guild), "XP gained"),
        (growth("Ada", guild=guild, by="xp"), "XP"),
        (growth("Ada", guild=guild, by="points"), "Points"),
        (levels(guild=guild), "Members by level"),
        (activity(guild=guild), "Activity by weekday and hour"),
        (year(guild=guild), "XP by day: Ada"),
    ):
        drawing = drawn(chart, width=320)
        shown = texts(drawing)
        assert title in shown
        assert any(text.startswith(below) for text in shown)
        assert drawing.get("aria-label").startswith(f"{title}. {below}. ")


def test_text_is_large_enough_to_read_on_a_phone():
    for chart in CHARTS.values():
        sizes = {
            int(element.get("font-size").removesuffix("px"))
            for element in drawn(chart, width=390).iter(f"{SVG}text")
        }
        assert min(sizes) >= 11


def test_a_drawing_follows_its_reader_unless_a_scheme_is_given():
    chart = CHARTS["growth"]
    following = charts.svg(chart)
    assert "@media (prefers-color-scheme:dark)" in following
    assert "<style" not in charts.svg(chart, scheme=LIGHT)
    assert 'fill="#16181d"' in charts.svg(chart, scheme=DARK)


@pytest.mark.parametrize("kind", CHARTS)
def test_what_turns_a_drawing_dark_knows_all_its_colours(kind):
    light, dark = charts.svg(CHARTS[kind], scheme=LIGHT), charts.svg(CHARTS[kind], scheme=DARK)
    new = dict(re.findall(r'\[fill="(#\w+)"\]\{fill:(#\w+)\}', charts.dark_rules()))
    assert re.sub("#[0-9a-f]{6}", lambda found: new[found[0]], light) == dark


def test_no_colour_is_there_twice_in_a_scheme():
    for colours in _COLOURS.values():
        assert len(set(_flat(colours))) == len(_flat(colours))


def contrast(one, other):
    """WCAG's contrast of two colours."""

    def luminance(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(
            part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True)
        )

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_text_stands_out_from_its_background(scheme):
    colours = _COLOURS[scheme]
    assert contrast(colours.text, colours.background) >= 7
    assert contrast(colours.muted, colours.background) >= 4.5
    assert all(contrast(line, colours.background) >= 2 for line in colours.lines)


CROWDS = [tuple(itertools.islice(TEXTS.values(), n, n + 24)) for n in range(0, len(TEXTS), 24)]


@pytest.mark.parametrize("names", CROWDS, ids=lambda names: ascii(names[0]))
def test_hostile_names_are_text_in_a_drawing(names):
    harmless(charts.svg(growth(*names, days=3, guild=names[0]), width=500))


@pytest.mark.parametrize("kind", ["HTML", "colour", "quotes", "bidi 202E", "long and wide", "JSON"])
def test_hostile_names_are_text_in_a_title(kind):
    text = TEXTS[kind]
    harmless(charts.svg(year(text, guild=text), width=390))
    harmless(charts.svg(activity(busy=False, guild=text), width=390))


def harmless(shown):
    drawing = ET.fromstring(shown)
    tags = {element.tag.removeprefix(SVG) for element in drawing.iter()}
    assert tags <= {"svg", "g", "path", "rect", "text", "tspan", "line", "style"}
    attributes = {name for element in drawing.iter() for name in element.attrib}
    assert not any(name.startswith("on") or "href" in name for name in attributes)
    assert {"id", "style"}.isdisjoint(attributes)
    assert unclean(shown) == []
    assert highest_heap(shown) <= 5
    assert max(map(len, texts(drawing))) < 200
    assert float(drawing.get("width")) <= 504


def test_all_hostile_texts_at_once_still_make_a_picture():
    whole = "".join(text for text in TEXTS.values() if len(text) < 100)
    chart = growth(whole, *CROWDS[1], days=3, guild=whole)
    assert pixels(chart, width=390).width == pytest.approx(780, abs=4)


@given(
    st.lists(st.floats(-50, 450), max_size=25).map(sorted),
    st.integers(5, 15),
)
def test_labels_keep_apart_and_in_order_and_move_only_if_they_must(wanted, gap):
    places = apart(wanted, gap, 0, 400)
    assert len(places) == len(wanted)
    assert all(b - a >= gap - 1e-6 for a, b in itertools.pairwise(places))
    assert all(-1e-6 <= place <= 400 + 1e-6 for place in places)
    free = all(b - a >= gap for a, b in itertools.pairwise(wanted))
    if free and all(0 <= one <= 400 for one in wanted):
        assert places == pytest.approx(wanted)


def test_labels_that_do_not_fit_run_over_the_lower_end():
    assert apart([0, 0, 0], 10, 0, 15) == [0, 10, 20]


@given(st.text(), st.integers(4, 30))
def test_a_short_name_is_never_blank_nor_wide(name, cells):
    from rich.cells import cell_len

    shown = short_name(name, 42, cells)
    assert shown.strip()
    assert cell_len(shown) <= cells


@given(st.lists(st.integers(-5, 1000), max_size=60))
def test_shades_grow_with_the_numbers_and_say_what_they_mean(numbers):
    shading = shades(numbers)
    assert len(shading.labels) <= 5
    for one in numbers:
        label = shading.labels[shading.shade(one)]
        bounds = [int(part.replace(",", "")) for part in re.findall(r"[\d,]+", label)]
        assert (bounds[0] <= one <= bounds[-1]) if one > 0 else label == "none"
    some = sorted(numbers)
    assert [*map(shading.shade, some)] == sorted(map(shading.shade, some))


def test_fewer_numbers_than_shades_have_the_darkest():
    assert {one: shades([0, 7, 7]).shade(one) for one in (0, 7)} == {0: 0, 7: 4}
    assert [shades([5, 7]).shade(one) for one in (5, 7)] == [3, 4]
    assert shades([5, 7]).labels == {0: "none", 3: "1 to 5", 4: "6 to 7"}
    light = _COLOURS[LIGHT].shades
    one_value = charts.svg(activity(each=7), scheme=LIGHT)
    assert [colour in one_value for colour in light] == [True, False, False, False, True]


@pytest.mark.parametrize("width", [320, 390, 600])
@pytest.mark.parametrize("times", [14, 1234, 123_456, 12_345_678])
def test_a_legend_is_whole_however_long_its_numbers_are(width, times):
    picture = pixels(activity(times=times), width=width)
    right = picture.crop((picture.width - 12, 0, picture.width, picture.height))
    below = picture.crop((0, picture.height - 12, picture.width, picture.height))
    assert right.getcolors() == [(12 * picture.height, (255, 255, 255))]
    assert below.getcolors() == [(12 * picture.width, (255, 255, 255))]


@pytest.mark.parametrize("most", range(7))
def test_no_number_stands_twice_at_an_axis(most):
    flat = growth("Ada", days=2)
    line = flat.lines[0]._replace(values=(0, 0, most))
    for chart in (replace(flat, lines=(line,)), levels(((0, 1), (3, most or 1)))):
        named = [
            element.text
            for element in drawn(chart).iter(f"{SVG}text")
            if (element.get("text-anchor"), element.get("font-size")) == ("end", "12px")
            and element.text.isdecimal()
        ]
        assert len(set(named)) == len(named) > 1
        assert named == [str(number) for number in range(len(named))] or most > 5


def test_thousands_are_short_at_an_axis_and_nothing_is_none_of_them():
    assert {"0", "5k", "15k"} <= set(texts(drawn(growth("Ada"))))


@pytest.mark.parametrize("width", [320, 800])
@pytest.mark.parametrize("most", [1, 50_004, 10_100_000])
def test_a_level_of_few_members_is_seen_beside_one_of_many(most, width):
    counts = ((0, most), (1, 1), (5, 3), (40, 1))
    shown = charts.svg(levels(counts), scheme=LIGHT, width=width)
    bars = [
        abs(float(re.search(r"v(-?[\d.]+)", element.get("d"))[1]))
        for element in ET.fromstring(shown).iter(f"{SVG}path")
        if element.get("fill") == _COLOURS[LIGHT].lines[0]
    ]
    assert len(bars) == len(counts)
    assert min(bars) >= 2


def test_an_axis_names_days_or_of_a_long_time_months():
    month = ticks(growth("Ada"), 4)
    assert month[0] == date(2026, 11, 24)
    assert 3 <= len(month) <= 5
    half_years = ticks(growth("Ada", days=365), 7)
    assert {day.day for day in half_years} == {1}
    assert len(half_years) <= 7
    assert ticks(growth("Ada", days=1), 7) == [date(2026, 11, 24), date(2026, 11, 23)]


def test_a_long_line_ends_where_it_ends():
    chart = growth("Ada", days=1000)
    [path] = [
        element.get("d")
        for element in drawn(chart).iter(f"{SVG}path")
        if element.get("stroke-width") == "2" and element.get("d", "").count("L") > 20
    ]
    assert path.count("L") <= 120
    assert path.rsplit(",", 1)[1] in ("0", "0Z")


def test_json_has_all_numbers_and_names_as_they_are():
    name = TEXTS["colour"]
    chart = growth(name, days=2)
    document = documents.document(chart)
    assert document["days"] == ["2026-11-23", "2026-11-24"]
    [line] = document["members"]
    assert (line["username"], line["opening"]) == (name, 0)
    assert [line["opening"], *line["values"]] == list(chart.lines[0].values)
    for one in CHARTS.values():
        assert json.loads(json.dumps(documents.document(one)))
