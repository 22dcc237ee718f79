"""Throws made-up and mutated drawings at `svg.read`, for as many or as long as asked, and tells how it went.

    python tests/fuzz/drawings.py --count 1000000 --minutes 60

Allowed are a safe drawing and BadPicture. Everything else is a find: another exception, a drawing that is not settled
after one pass, or one that still reaches outside. Finds are written to --finds, one file each; the seed repeats a run.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "tests" / "core")]

from attacks import ATTACKS, HARMLESS, REFUSED, WHOLE, svg  # noqa: E402
from recraft_core.imaging.svg import read  # noqa: E402
from recraft_core.shared.errors import BadPicture  # noqa: E402

SUSPECT = re.compile(rb"script|import|foreign|<set|<anim|<a |\son|href|url\(|//", re.IGNORECASE)
FETCHES = re.compile(r"url\((?! ?['\"]? ?#)|@import|(?<![\w-])(?:image|src)\(|javascript:", re.IGNORECASE)
PICTURE = re.compile(r"data:image/(?:png|jpe?g|webp|gif);base64,", re.IGNORECASE)
WORDS = str.split(
    '< > & " \' = / # ; : , . ( ) { } [ ] \\ ! ? % @ * - + \0 \t \n \xa0 é 雪 \ufeff url( url(# #a &a; &#10; &#x0; &lt; <!-- '
    "--> <![CDATA[ ]]> <? ?> <!DOCTYPE <!ENTITY ]> /* */ @import @charset @media <g <g> </g> /> <use <mask <style> </style> "
    "<image <text> <pattern <filter <svg </svg> xmlns= xmlns:a= xlink:href= href= id= class= style= fill= mask= width= "
    "viewBox= 1e999 -1 0 NaN 9999999999999999999 100% 5mm data:image/png;base64, inherit var(--a) http://evil/ javascript: "
    "onload= &quot; &amp; utf-16 encoding=",
    " ",
)
TAGS = ["svg", "g", "defs", "use", "mask", "clipPath", "pattern", "marker", "filter", "feImage"]
TAGS += ["image", "text", "tspan", "style", "rect", "path", "a", "switch", "symbol", "script"]
KEYS = ["id", "class", "style", "fill", "stroke", "mask", "clip-path", "filter", "marker-mid", "href"]
KEYS += ["xlink:href", "width", "height", "viewBox", "onload", "x", "d"]


def made_up(chance: random.Random, depth: int = 0) -> str:
    """A drawing by the grammar: few names, so that references meet."""
    tag = chance.choice(TAGS)
    keys = chance.sample(KEYS, chance.randint(0, 4))
    attributes = "".join(f' {key}="{value(chance, key)}"' for key in keys)
    inner = "" if depth > 4 else "".join(made_up(chance, depth + 1) for _ in range(chance.randint(0, 3)))
    return f"<{tag}{attributes}>{sheet(chance) if tag == 'style' else ''}{inner}</{tag}>"


def value(chance: random.Random, key: str) -> str:
    name = chance.choice("abcd")
    if key in {"id", "class"}:
        return chance.choice((name, f"{name} {chance.choice('abcd')}"))
    if "href" in key:
        return chance.choice((f"#{name}", f"#%6{chance.randint(0, 9)}", "http://evil/", f" #{name} ", ""))
    if key in {"width", "height", "x"}:
        return f"{chance.choice(('', '-', '1e', '.'))}{chance.randint(0, 999)}{chance.choice(('', 'mm', '%', 'px', '!', 'e9'))}"
    if key == "viewBox":
        return " ".join(str(chance.choice((0, 1, -1, 1e9, 1e-9, 1e308, "nan", "x"))) for _ in range(chance.randint(3, 5)))
    form = chance.choice(("url(#{})", "url( '#{}' )", "URL(#{})", "url(#{}) red", "url(http://evil/#{})", "inherit", "red", "u\\72l(#{})"))
    text = form.replace("{}", name)
    return f"{chance.choice(KEYS)}:{text};fill:{text}" if key == "style" else text


def sheet(chance: random.Random) -> str:
    rules = []
    for _ in range(chance.randint(0, 4)):
        selector = chance.choice((".a", "#b", "rect", "*", "g > .c", "a:not(.b)", "@media print", "[x='}']", ""))
        rules.append(f"{selector}{{{value(chance, 'style')}{chance.choice(('}', '', '};', ')}', '&quot;}', '/*}*/}'))}")
    return "".join(rules)


def mutated(chance: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        start = chance.randrange(len(out) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            out[start:start] = chance.choice(WORDS).encode()
        elif kind == 1:
            del out[start : start + chance.choice((1, 2, 9, 40))]
        elif kind == 2 and start < len(out):
            out[start] = chance.randrange(256)
        elif kind == 3:
            end = start + chance.choice((1, 5, 30))
            out[start:start] = out[start:end] * chance.choice((1, 2, 20, 300))
        else:
            other = chance.randrange(len(out) + 1)
            out[start:start] = out[other : other + chance.choice((3, 20, 60))]
    return bytes(out[:100_000])


def inputs(chance: random.Random):
    """Drawings without end: half made up, half mutated from the table of attacks and from what was made up."""
    small = [one for one in (*REFUSED.values(), *WHOLE.values()) if len(one) < 20_000]
    corpus = [*small, *(svg(one + HARMLESS) for one in ATTACKS.values())]
    while True:
        if chance.random() < 0.4:
            yield svg("".join(made_up(chance) for _ in range(chance.randint(1, 4))))
        else:
            yield mutated(chance, chance.choice(corpus))


def reaches_outside(clean: bytes) -> bool:
    """Whether something in it would be fetched or run; said here by other means than the sanitiser's."""
    if not SUSPECT.search(clean):
        return False
    for element in ET.fromstring(clean).iter():  # noqa: S314 - our own work
        # Elsewhere, as in an id or a width, the words of style sheets and links are letters like any others.
        # So they are in a link to a part of the drawing itself.
        inside = {key for key, value in element.items() if key.rpartition("}")[2].lower() == "href" and value.startswith("#")}
        addresses = [value for key, value in element.items() if key not in inside and (key == "style" or "(" in value)]
        texts = [*addresses, element.text or ""] if element.tag.endswith("}style") else addresses
        if element.tag.rpartition("}")[2].lower() in {"script", "foreignobject", "a", "set", "animate"}:
            return True
        if any(FETCHES.search(text) for text in texts):
            return True
        for key, value in element.items():
            plain = key.rpartition("}")[2].lower()
            if plain.startswith("on") or (plain == "style" and "//" in value):
                return True
            if plain == "href" and not value.startswith("#") and not PICTURE.match(value):
                return True
    return False


def tried(data: bytes) -> str:
    """How one drawing went: "safe", "refused", or what was found."""
    try:
        clean = read(data).data
    except BadPicture:
        return "refused"
    except Exception:  # noqa: BLE001 - that is the question
        return traceback.format_exc()
    if reaches_outside(clean):
        return "still reaches outside"
    try:
        return "safe" if read(clean).data == clean else "not settled"
    except BadPicture as problem:
        return f"its own work is refused: {problem}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--finds", type=Path, default=Path("finds"))
    chosen = parser.parse_args()
    end, slowest, went = time.monotonic() + 60 * chosen.minutes, (0.0, b""), Counter()
    for number, data in enumerate(inputs(random.Random(chosen.seed))):  # noqa: S311 - to be repeated, not to be secret
        if number >= chosen.count or time.monotonic() > end:
            break
        start = time.process_time()
        how = tried(data)
        slowest = max(slowest, (time.process_time() - start, data))
        went[how if how in {"safe", "refused"} else "found"] += 1
        if how not in {"safe", "refused"}:
            chosen.finds.mkdir(exist_ok=True)
            (chosen.finds / f"{chosen.seed}-{number}.svg").write_bytes(data)
            print(number, how, sep="\n", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"the slowest: {len(slowest[1])} bytes")
    print(json.dumps({"tried": sum(went.values()), "right": went["safe"], "refused": went["refused"], "failed": went["found"],
                      "slowest_s": round(slowest[0], 2), "peak_mb": round(peak)}))  # fmt: skip
    return 1 if went["found"] else 0


if __name__ == "__main__":
    sys.exit(main())
