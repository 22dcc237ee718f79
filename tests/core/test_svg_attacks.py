"""What a hostile drawing carries does not survive; what multiplies is refused; what it takes is linear in its size."""

import gc
import re
import statistics
import time
from contextlib import suppress
from pathlib import Path

import defusedxml.ElementTree as safe_xml  # noqa: N813 - the package's own name for it
import pytest
from attacks import ATTACKS, HARMLESS, REFUSED, WHOLE, svg
from recraft_core.imaging.svg import measure, opened, sanitise
from recraft_core.shared.errors import BadPicture

SVG = "{http://www.w3.org/2000/svg}"
# Said here once more, by other means than the sanitiser's: elements that draw nothing and may act.
ACTIVE = re.compile(r"script|foreign|anim|set|handler|listener|iframe|object|embed|audio|video|link|meta|form|include|a")
PICTURE = re.compile(r"data:image/(png|jpeg|jpg|webp|gif);base64,")


def check_harmless(clean):
    text = clean.decode()
    assert not re.search(r"evil|https?:(?!//www\.w3\.org/)|javascript|@import|keyframes|\\|<!|<\?(?!xml )", text, re.IGNORECASE)
    for element in safe_xml.fromstring(clean, forbid_dtd=True).iter():
        assert element.tag.startswith(SVG)
        assert not ACTIVE.fullmatch(element.tag.removeprefix(SVG))
        for key, value in element.items():
            assert not key.lower().startswith("on")
            if key.rsplit("}", 1)[-1] in {"href", "src"}:
                assert value.startswith("#") or PICTURE.match(value)
            assert re.search(r"url\(\s*['\"]?\s*(?!#|\s|['\"])", value, re.IGNORECASE) is None
    assert sanitise(clean) == clean


def test_the_table_is_as_long_as_promised():
    assert len(ATTACKS) + len(WHOLE) + len(REFUSED) >= 250


def test_the_guide_tells_these_numbers():
    kinds = [("image", "use", "filter"), ("carrier",), ("attribute", "style"), ("sheet",), ("event", "script", "moving")]
    tried = [sum(name.split(":")[0].split()[0] in kind for name in ATTACKS) for kind in kinds]
    assert sum(tried) == len(ATTACKS)
    page = (Path(__file__).parents[2] / "docs" / "drawings.md").read_text(encoding="utf-8")
    rows = [tuple(map(int, row)) for row in re.findall(r"\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", page)]
    repaired = [(count, count, 0, 0) for count in [*tried, len(WHOLE)]]
    assert rows == [*repaired, (len(REFUSED), 0, len(REFUSED), 0)]


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_goes_and_the_drawing_stays(name):
    clean = sanitise(svg(ATTACKS[name] + HARMLESS))
    check_harmless(clean)
    assert clean.count(b'id="kept"') == 1


@pytest.mark.parametrize("name", WHOLE)
def test_a_hostile_file_is_repaired(name):
    clean = sanitise(WHOLE[name])
    check_harmless(clean)
    assert clean.count(b'id="kept"') == 1


# One of them is refused by its size alone, which takes a while.
LARGE = "too many parts"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name == LARGE else name for name in REFUSED]
)
def test_what_cannot_be_repaired_is_refused(name):
    with pytest.raises(BadPicture) as caught:
        sanitise(REFUSED[name])
    assert caught.value.remedy


@pytest.mark.parametrize("attribute", ["hRef", "HREF", "XLINK:HREF", "sTyle", "SRC", "Ping"])
def test_a_name_that_only_a_page_reads_as_a_link_goes(attribute):
    """XML tells capitals apart; a page that takes the drawing in does not."""
    beside = 'xmlns:XLINK="http://www.w3.org/1999/xlink" '
    clean = sanitise(svg(f'<feImage {beside}{attribute}="data:text/javascript;base64,ZXZpbA"/>' + HARMLESS))
    assert b"javascript" not in clean
    assert clean.count(b'id="kept"') == 1


# What is asked for grows with n; the work may grow with it, and no faster.
GROWING = {
    "digits": lambda n: svg("", 'width="' + "1" * n + '!"'),
    "blanks behind a length": lambda n: svg("", 'width="1' + " " * n + '!"'),
    "numbers of a view box": lambda n: svg("", 'viewBox="' + "1 " * n + '"'),
    "blanks in an address": lambda n: svg('<rect fill="url(' + " " * n + 'x)"/>'),
    "addresses left open": lambda n: svg('<rect fill="' + "url( " * n + '"/>'),
    "references": lambda n: svg('<rect fill="' + "url(#a) " * n + '"/>'),
    "comments": lambda n: svg("<style>" + "/*" * n + "</style>"),
    "comments left open": lambda n: svg("<style>" + "/* " * n + "</style>"),
    "quotes": lambda n: svg("<style>" + "\"'" * n + "</style>"),
    "braces": lambda n: svg("<style>" + "{" * n + "</style>"),
    "brackets": lambda n: svg("<style>" + "([" * n + "</style>"),
    "selectors by declarations": lambda n: svg("<style>" + ".a," * n + "b{" + "mask:url(#a);" * n + "}</style>"),
    "blanks in a selector": lambda n: svg("<style>a" + " " * n + "b{mask:url(#a)}</style>"),
    "marks of a selector": lambda n: svg("<style>" + ".a" * n + "{mask:url(#a)}</style>"),
    "elements by bearers": lambda n: svg('<g id="a"/>' * n + '<use href="#a"/>' * n),
    "circles": lambda n: svg('<g id="a"><use href="#a"/></g>' * n),
    "elements by rules": lambda n: svg("<style>" + "*{mask:url(#p)}" * n + "</style>" + '<g class="a"/>' * n),
    "attributes": lambda n: svg("<g " + " ".join(f'a{i}="u"' for i in range(n)) + "/>"),
    "names of spaces": lambda n: svg("", " ".join(f'xmlns:n{i}="u{i}"' for i in range(n))),
    "declarations that circle": lambda n: svg('<mask id="m"><g style="' + "mask:url(#m);" * n + '"/></mask>'),
    "corners": lambda n: svg('<marker id="m"><path/></marker><path marker-mid="url(#m)" d="' + "M0 0 " * n + '"/>'),
    "left out": lambda n: svg('<image href="http://a/x.png"/>' * n),
    "families": lambda n: svg('<text style="' + "font-family:" * n + '">a</text>'),
    "entities": lambda n: b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;" * n),
    "instructions": lambda n: b"<?a?>" * n + svg(),
}


SMALL, TIMES = 2_000, 8


def processor_time(drawing):
    start = time.process_time()
    with suppress(BadPicture):
        measure(drawing)
    return time.process_time() - start


def growth(name, n=SMALL):
    """What one drawing takes beside as many small ones as make it up: 1 when linear, TIMES when quadratic.

    Both sides take about as long and alternate, so that what slows one, such as a full machine, slows the other.
    """
    small, large = GROWING[name](n), GROWING[name](n * TIMES)
    gc.collect()
    half = sum(processor_time(small) for _ in range(TIMES // 2))
    whole = processor_time(large)
    return whole / (half + sum(processor_time(small) for _ in range(TIMES // 2)))


@pytest.mark.slow
@pytest.mark.parametrize("name", GROWING)
def test_what_it_takes_is_linear(name):
    found = growth(name)
    # Nowhere near quadratic is enough; what is doubtful is settled by the middle of three.
    assert found < TIMES / 4 or statistics.median([found, growth(name), growth(name)]) < TIMES / 2


def test_growth_sees_what_is_quadratic(monkeypatch):
    """A regular expression that begins anew at each blank: what "blanks in a length" is there for."""
    runs_away = re.compile(r"\s+$")
    monkeypatch.setattr(f"{measure.__module__}._length", lambda text, _: runs_away.search(text) and None)
    assert growth("blanks behind a length", SMALL // 4) > TIMES / 2


FOLDER = Path(__file__).parents[1] / "drawings"


@pytest.mark.parametrize("name", ["redos-width.svg", "redos-url-attribute.svg"])
def test_what_ran_away_once_is_measured_at_once(name):
    start = time.process_time()
    assert measure((FOLDER / name).read_bytes())
    assert time.process_time() - start < 1


@pytest.mark.parametrize("name", ["unfolds-by-css-mask.svg", "unfolds-by-double-id.svg"])
def test_what_unfolds_behind_a_class_or_a_second_id_is_refused(name):
    with pytest.raises(BadPicture, match="unfolds to more than a million"):
        sanitise((FOLDER / name).read_bytes())


def test_what_takes_too_long_to_read_is_ended():
    with pytest.raises(BadPicture, match=r"longer than 0\.01 s"):
        opened(svg(HARMLESS), timeout_s=0.01)


@pytest.mark.slow
def test_a_drawing_of_many_plain_parts_passes():
    shapes = '<path fill="url(#g)" stroke="url(#g)" clip-path="url(#c)" class="a" d="M0 0h9"/>' * 20_000
    gradient = '<linearGradient id="g"><stop offset="0"/><stop offset="1"/></linearGradient><clipPath id="c"><rect/></clipPath>'
    assert sanitise(svg(f"<style>.a{{fill:url(#g)}}</style><g fill='url(#g)'>{gradient}{shapes}</g>"))
