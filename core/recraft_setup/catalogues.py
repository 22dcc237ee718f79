"""Catalogues of sentences: gettext's .po files read, and compiled to the .mo files that `shared/i18n` reads.

Standard library only: the build of a wheel and the installation of a plugin from a checkout compile what lies in
`locale/`. The formats are those of the GNU gettext manual, chapters "PO Files" and "MO Files".
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "recraft"
PSEUDO = "xx"
_FIELD = re.compile(r'(msgid_plural|msgid|msgstr)(?:\[(\d+)\])? (".*")')
# What a translation keeps as it is: values, and words of the command line.
HOLE = re.compile(r"\{\{|\}\}|\{[a-z_][a-z0-9_]*(?::[^{}]*)?\}")
_ACCENTS = str.maketrans("AEIOUYaeiouycnsz", "ÄÉÎÕÜÝàéîõüýçñšž")


@dataclass(frozen=True)
class Entry:
    """One message: its English, the English plural ("" without one), its translations by form, and where it stands."""

    msgid: str
    plural: str = ""
    strings: tuple[str, ...] = ("",)
    places: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """True when it is translated in all forms."""
        return all(self.strings)


def read(text: str) -> dict[str, Entry]:
    """The messages of a .po file by msgid; "" holds the header. Obsolete (#~) and fuzzy ones are passed over."""
    entries = {}
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if lines and not re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE):
            entry = _entry(lines, tuple(re.findall(r"^#: (.*)$", block, re.MULTILINE)))
            entries[entry.msgid] = entry
    return entries


def _entry(lines: Iterable[str], places: tuple[str, ...]) -> Entry:
    texts: dict[str, str] = {}
    key = ""
    for line in lines:
        match = _FIELD.fullmatch(line.strip())
        if match:
            key = f"{match[1]}{match[2] or ''}"
            texts[key] = ""
        texts[key] += ast.literal_eval(match[3] if match else line.strip())
    strings = tuple(text for name, text in sorted(texts.items()) if name.startswith("msgstr"))
    return Entry(texts["msgid"], texts.get("msgid_plural", ""), strings, places)


def header(entries: Mapping[str, Entry]) -> dict[str, str]:
    """The header's fields."""
    lines = entries[""].strings[0].splitlines() if "" in entries else []
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def written(entries: Iterable[Entry]) -> str:
    """The text of a .po file."""
    return "\n".join(map(_block, entries))


def _block(entry: Entry) -> str:
    lines = [f"#: {place}" for place in entry.places]
    lines.append(f"msgid {_quoted(entry.msgid)}")
    if entry.plural:
        lines.append(f"msgid_plural {_quoted(entry.plural)}")
        lines += [f"msgstr[{at}] {_quoted(text)}" for at, text in enumerate(entry.strings)]
    else:
        lines.append(f"msgstr {_quoted(entry.strings[0])}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    def one(part: str) -> str:
        escaped = part.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'

    parts = text.splitlines(keepends=True)
    return one(text) if len(parts) < 2 else "\n".join(['""', *map(one, parts)])


def compiled(entries: Iterable[Entry]) -> bytes:
    """A .mo file of what is translated: both tables of offsets, then the texts, in the order of the originals."""
    pairs = sorted(
        ("\0".join(filter(None, (one.msgid, one.plural))).encode(), "\0".join(one.strings).encode())
        for one in entries
        if one.done
    )
    start = 28 + 16 * len(pairs)
    tables: tuple[list[int], list[int]] = ([], [])
    body = b""
    for table, texts in zip(tables, zip(*pairs)):
        for text in texts:
            table += [len(text), start + len(body)]
            body += text + b"\0"
    offsets = [*tables[0], *tables[1]]
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    return head + struct.pack(f"<{len(offsets)}I", *offsets) + body


def pseudo(template: Mapping[str, Entry]) -> dict[str, Entry]:
    """A language of its own for tests, from the template: accents on every letter, and 40 % longer."""
    fields = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
    entries = {"": Entry("", strings=(fields,))}
    for one in template.values():
        if one.msgid:
            forms = tuple(map(stretched, filter(None, (one.msgid, one.plural))))
            entries[one.msgid] = Entry(one.msgid, one.plural, forms)
    return entries


def stretched(text: str) -> str:
    """"Erase" as the pseudo-language says it: [Éràšé ~~]."""
    if not re.search(r"[A-Za-z]", HOLE.sub("", text)):
        return text
    body, at = "", 0
    for hole in HOLE.finditer(text):
        body += text[at : hole.start()].translate(_ACCENTS) + hole[0]
        at = hole.end()
    core = body + text[at:].translate(_ACCENTS)
    lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{lead}[{core.strip()} {'~' * max(1, round(0.4 * len(text)) - 3)}]{trail}"


def languages(folder: Path) -> list[str]:
    """The languages there is a .po file for."""
    return sorted(path.parts[-3] for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def build(folder: Path, target: Path, *, with_pseudo: bool = False) -> None:
    """Compile every .po file below `folder` into `target`, and the pseudo-language too if wished."""
    for name in languages(folder):
        entries = read((folder / name / "LC_MESSAGES" / f"{DOMAIN}.po").read_text(encoding="utf-8"))
        _put(target, name, entries)
    if with_pseudo:
        _put(target, PSEUDO, pseudo(read((folder / f"{DOMAIN}.pot").read_text(encoding="utf-8"))))


def _put(target: Path, name: str, entries: Mapping[str, Entry]) -> None:
    path = target / name / "LC_MESSAGES" / f"{DOMAIN}.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(compiled(entries.values()))
