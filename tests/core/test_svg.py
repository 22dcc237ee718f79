"""SVG: nothing that runs or reaches out survives, everything that is drawn does, and sizes are right."""

import base64
import gzip
import subprocess
import sys
from io import BytesIO
from xml.etree import ElementTree as ET

import defusedxml.ElementTree as safe_xml  # noqa: N813 - the package's own name for it
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from recraft_core.imaging.svg import Svg, measure, rasterise, read, resized, sanitise
from recraft_core.shared.errors import BadPicture
from recraft_core.shared.geometry import Size

NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(content="", attributes='width="40" height="20"'):
    return f"<svg {NS} {attributes}>{content}</svg>".encode()


def picture(kind="PNG"):
    out = BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(out.getvalue()).decode()}"


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script in CDATA": "<script><![CDATA[alert(1)]]></script>",
    "script in a file": '<script href="http://evil.example/x.js"/>',
    "event": '<rect width="9" height="9" onclick="alert(1)" ONLOAD="alert(1)"/>',
    "foreign object": '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><iframe src="evil"/></body></foreignObject>',
    "other namespace": '<h:img xmlns:h="http://www.w3.org/1999/xhtml" src="http://evil.example/"/>',
    "no namespace": '<x xmlns=""><script>alert(1)</script></x>',
    "link": '<a href="javascript:alert(1)"><rect width="9" height="9"/></a>',
    "old link": '<a xlink:href="http://evil.example/"><rect width="9" height="9"/></a>',
    "outside picture": '<image href="http://evil.example/a.png" width="9" height="9"/>',
    "local file": '<image xlink:href="file:///etc/passwd" width="9" height="9"/>',
    "path": '<image href="/evil.png" width="9" height="9"/>',
    "drawing in a data address": '<image href="data:image/svg+xml;base64,PHN2Zy8+" width="9" height="9"/>',
    "page in a data address": '<image href="data:text/html,evil" width="9" height="9"/>',
    "use of another file": '<use href="evil.svg#a"/>',
    "use of a data address": f'<use href="{picture()}"/>',
    "filter picture": '<filter id="f"><feImage href="http://evil.example/a.png"/></filter>',
    "import": "<style>@import 'http://evil.example/a.css'; rect{fill:red}</style>",
    "import in disguise": r"<style>@\69mport 'http://evil.example/a.css';</style>",
    "style address": "<style>rect { fill: url(http://evil.example/#a) }</style>",
    "style address in capitals": "<style>rect { fill: URL( 'HTTP://evil.example/#a' ) }</style>",
    "style address behind a comment": "<style>rect { fill: ur/**/l(http://evil.example/#a) }</style>",
    "comment left open": "<style>rect { fill: red } /* url(http://evil.example/)</style>",
    "font": "<style>@font-face { font-family: x; src: url(http://evil.example/a.woff) }</style>",
    "style attribute": '<rect style="fill:url(http://evil.example/#a);stroke:red"/>',
    "image set": '<rect style="background:image-set(&quot;http://evil.example/a.png&quot; 1x)"/>',
    "paint": '<rect fill="url(//evil.example/#a)"/>',
    "paint in disguise": r'<rect fill="u\72l(http://evil.example/#a)"/>',
    "mask": '<rect mask="url(evil.svg#a)"/>',
    "animation": '<a><animate attributeName="href" to="javascript:alert(1)"/><rect width="9" height="9"/></a>',
    "set": '<rect><set attributeName="onclick" to="alert(1)"/></rect>',
    "base": '<g xml:base="http://evil.example/"><rect width="9" height="9"/></g>',
    "instruction": '<?xml-stylesheet href="http://evil.example/a.css"?>',
    "metadata": "<metadata><x:evil xmlns:x='urn:evil'/></metadata>",
    "editor": '<g xmlns:e="urn:evil" e:path="/home/evil"/>',
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_nothing_hostile_survives_and_the_shapes_do(content):
    clean = sanitise(svg(content + '<path id="kept" d="M0 0h9v9z"/>'))
    text = clean.decode().lower()
    for trace in ("evil", "alert", "javascript", "script", "file:", "text/html", "svg+xml", "<a", "animate", "import"):
        assert trace not in text
    tags = [element.tag for element in safe_xml.fromstring(clean).iter()]
    assert "{http://www.w3.org/2000/svg}path" in tags
    assert tags.count("{http://www.w3.org/2000/svg}rect") == content.count("<rect")
    assert sanitise(clean) == clean


GOOD = {
    "path": '<path d="M0,0 L9,9z" fill="#f00" fill-opacity=".5" stroke="rgb(1,2,3)" transform="rotate(45 3 3)" />',
    "gradient": '<linearGradient id="g" gradientTransform="scale(2)"><stop offset="0" stop-color="red" /></linearGradient>',
    "reference": '<rect fill="url(#g)" clip-path="url(\'#c\')" style="fill:url(#g);stroke:red" />',
    "use": '<use href="#g" /><use xlink:href="#g" />',
    "picture": f'<image href="{picture()}" width="4" height="4" />',
    "photograph": f'<image xlink:href="{picture("JPEG")}" width="4" height="4" />',
    "moving picture": f'<image href="{picture("GIF")}" width="4" height="4" />',
    "filter": '<filter id="f"><feGaussianBlur stdDeviation="3" /></filter>',
    "style": "<style>.a{fill:red}rect.b{fill:url(#g)}@media print{.a{fill:blue}}</style>",
    "text": '<text xml:space="preserve" x="1">a <tspan font-weight="bold">b</tspan> c &amp; d</text>',
    "title": "<title>Ärger &lt; Glück 雪</title>",
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD.keys())
def test_what_is_drawn_stays_to_the_letter(content):
    want = f'<svg {NS} width="40" height="20">{content}</svg>'
    assert sanitise(want.encode()).decode() == want


def test_words_around_a_removed_element_stay_in_place():
    clean = sanitise(svg("<text>one <script>x</script>two <b/>three<tspan>four</tspan><i/> five</text>"))
    assert b"<text>one two three<tspan>four</tspan> five</text>" in clean


def test_a_link_becomes_a_group():
    assert b'<g><rect width="9" /></g>' in sanitise(svg('<a href="https://example.com"><rect width="9"/></a>'))


def test_a_link_in_a_text_keeps_its_letters():
    clean = sanitise(svg('<text>one <a href="https://example.com">two</a><tspan><a>three</a></tspan></text>'))
    assert b"<text>one <tspan>two</tspan><tspan><tspan>three</tspan></tspan></text>" in clean


def test_the_document_type_of_older_programs_is_no_obstacle():
    old = b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
    old += b'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n'
    old += svg("<title>ä</title>").decode().encode("latin-1")
    assert "<title>ä</title>".encode() in sanitise(old)


def test_a_drawing_copied_out_of_a_page_has_no_namespace():
    clean = sanitise(b'<svg viewBox="0 0 4 2"><script>x</script><rect width="4"/></svg>')
    assert safe_xml.fromstring(clean)[0].tag == "{http://www.w3.org/2000/svg}rect"
    assert b"script" not in clean


def test_other_prefixes_and_encodings_are_written_plainly():
    odd = f'<s:svg xmlns:s="{NS[7:33]}"><s:rect width="4"/></s:svg>'
    assert b'<rect width="4" />' in sanitise(odd.encode())
    assert b'<rect width="4" />' in sanitise(("\ufeff" + svg('<rect width="4"/>').decode()).encode("utf-16-le"))


ENTITY = '<!DOCTYPE svg [<!ENTITY a "{}">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'
BAD = {
    "empty": (b"", "damaged"),
    "no XML": (b"\x89PNG", "damaged"),
    "cut short": (svg()[:-4], "damaged"),
    "not svg": (b"<html/>", "not an SVG"),
    "group": (f"<g {NS}/>".encode(), "not an SVG"),
    "outside entity": (ENTITY.replace('"{}"', 'SYSTEM "file:///etc/passwd"').encode(), "entities"),
    "billion laughs": (
        b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>',
        "entities",
    ),
    "two roots": (svg() + svg(), "damaged"),
    "entity of an entity": (ENTITY.format("&#38;b;").encode(), "entities"),
    "parameter entity": (ENTITY.replace("ENTITY a", "ENTITY % a").format("ha").encode(), "entities"),
    "too many entities": (("<!DOCTYPE svg [" + "".join(f'<!ENTITY e{n} "x">' for n in range(999)) + "]><svg/>").encode(), "entities"),
    "entities without end": (ENTITY.format("x" * 9000).replace("&a;", "&a;" * 200).encode(), "entities"),
    "unknown encoding": (b"<?xml version='1.0' encoding='klingon'?><svg/>", "damaged"),
    "a cipher for an encoding": (b"<?xml version='1.0' encoding='punycode'?><svg/>", "damaged"),
    "packed and cut short": (gzip.compress(svg())[:-9], "damaged"),
    "endless namespace": (f'<svg xmlns="{NS[7:33]}" xmlns:a="{"u" * 9000}"/>'.encode(), "namespace"),
    "deep": (svg("<g>" * 5000 + "</g>" * 5000), "nests more than"),
}


@pytest.mark.parametrize(("data", "said"), BAD.values(), ids=BAD.keys())
def test_what_is_no_safe_drawing_is_refused(data, said):
    for attempt in (sanitise, measure, lambda data: resized(data, 9, 9), lambda data: rasterise(data, Size(9, 9))):
        with pytest.raises(BadPicture, match=said) as caught:
            attempt(data)
        assert caught.value.remedy


def test_too_many_bytes_are_refused_before_reading():
    with pytest.raises(BadPicture, match=r"has 0\.0 MB; at most 0 MB"):
        sanitise(svg(), max_bytes=10)


def doubling(levels, link):
    """Each level shows the one below ten times."""
    groups = ['<g id="l0"><rect width="1" height="1"/></g>']
    groups += [f'<g id="l{n}">' + link.format(n - 1) * 10 + "</g>" for n in range(1, levels)]
    return svg("<defs>" + "".join(groups) + f'</defs><use href="#l{levels - 1}"/>')


@pytest.mark.parametrize("link", ['<use href="#l{}"/>', '<rect mask="url(#l{})"/>', '<rect style="fill:url(#l{})"/>'])
def test_drawings_that_multiply_are_refused(link):
    sanitise(doubling(4, link))
    with pytest.raises(BadPicture, match="unfolds"):
        sanitise(doubling(9, link))


def test_references_in_a_circle_end():
    clean = sanitise(svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'))
    assert clean.count(b"<use") == 2


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_any_style_is_safe_and_settled_after_one_pass(text):
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg"})
    ET.SubElement(root, "style").text = "rect{fill:url(" + text
    ET.SubElement(root, "rect", {"style": text + "url(http://x)"})
    try:
        once = sanitise(ET.tostring(root))
    except BadPicture:
        return  # characters XML does not have
    assert sanitise(once) == once
    assert b"url(http" not in once


# --- sizes ---


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="40" height="20"', (40, 20)),
        ('width="40px" height="20PX"', (40, 20)),
        ('width="3pt" height="1pc"', (4, 16)),
        ('width="1in" height="2.54cm"', (96, 96)),
        ('width="25.4mm" height="101.6q"', (96, 96)),
        ('width="2em" height="2ex"', (32, 16)),
        ('width="1e2" height=" +.5 "', (100, 0.5)),
        ('viewBox="0 0 30 10"', (30, 10)),
        ('viewBox="-5,-5 30,10"', (30, 10)),
        ('viewBox="0 0 30 10" width="60"', (60, 20)),
        ('viewBox="0 0 30 10" height="60"', (180, 60)),
        ('viewBox="0 0 30 10" width="100%" height="50%"', (30, 5)),
        ('viewBox="0 0 1024 1024" width="1365" height="1024" preserveAspectRatio="none"', (1365, 1024)),
        ('width="100%" height="100%"', (300, 150)),
        ("", (300, 150)),
        ('width="40"', (40, 150)),
        ('width="auto" height="-3" viewBox="0 0 7 8"', (7, 8)),
        ('width="0" height="1e999" viewBox="0 0 7 8"', (7, 8)),
        ('viewBox="0 0 0 0"', (300, 150)),
        ('viewBox="0 0 nan 5"', (300, 150)),
        ('viewBox="1 2 3"', (300, 150)),
    ],
)
def test_sizes_in_all_units(attributes, size):
    assert measure(svg("", attributes)) == pytest.approx(size)


def test_reading_gives_drawing_size_and_view_box():
    drawing = read(svg("<script/>", 'width="40" viewBox="-1 -2 10 5"'))
    assert drawing == Svg(drawing.data, (40, 20), (-1, -2, 10, 5))
    assert b"script" not in drawing.data
    assert read(svg()).view_box == (0, 0, 40, 20)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.5, 5000), st.floats(0.5, 5000), st.sampled_from(['width="40" height="20"', 'viewBox="1 2 3 4"', ""]))
def test_a_new_size_keeps_the_view_box(width, height, attributes):
    before = read(svg("<rect/>", attributes))
    after = read(resized(before.data, width, height))
    assert after.size == pytest.approx((width, height), abs=1e-5)
    assert after.view_box == pytest.approx(before.view_box)


# --- drawing ---


def test_a_drawing_becomes_pixels_of_the_size_asked_for():
    pixels = rasterise(svg('<rect width="20" height="20" fill="#0a141e"/>', 'viewBox="0 0 40 20"'), Size(80, 40))
    assert (pixels.shape, pixels.dtype) == ((40, 80, 4), np.uint8)
    assert (pixels[:, :40] == (10, 20, 30, 255)).all()
    assert not pixels[:, 40:].any()


def test_no_faint_line_where_the_shape_is_rounded():
    pixels = rasterise(svg('<rect width="100" height="75"/>', 'viewBox="0 0 100 75"'), Size(1365, 1024))
    assert (pixels[..., 3] == 255).all()


def test_another_shape_is_centred_and_not_stretched():
    pixels = rasterise(svg('<rect width="10" height="10"/>', 'viewBox="0 0 10 10"'), Size(40, 20))
    assert not pixels[:, :9, 3].any()
    assert (pixels[:, 11:29, 3] == 255).all()


def test_a_local_file_is_not_drawn(tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "secret.png")
    for address in (tmp_path / "secret.png", (tmp_path / "secret.png").as_uri()):
        assert not rasterise(svg(f'<image href="{address}" width="20" height="20"/>'), Size(40, 20)).any()


def test_drawing_that_takes_too_long_is_ended():
    blur = '<filter id="f"><feGaussianBlur stdDeviation="200 190"/></filter>'
    heavy = blur + '<rect filter="url(#f)" width="40" height="20"/>' * 200
    with pytest.raises(BadPicture, match=r"longer than 0\.5 s"):
        rasterise(svg(heavy), Size(2000, 1000), timeout_s=0.5)


def test_without_resvg_the_remedy_names_the_extra():
    code = "import sys; sys.modules['resvg_py'] = None\nfrom recraft_core.shared import errors\nfrom recraft_core.imaging import svg\n"
    code += f"try: svg.rasterise({svg()!r}, svg.Size(4, 2))\nexcept errors.EngineTrouble as problem: print(problem.remedy)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == 'Run: pip install "recraft-canvas[local]"'
