"""Gather the sentences of the whole project into recraft.pot, and bring every .po file in line with it.

    python3 locale/extract.py            write recraft.pot; new sentences join each .po untranslated, gone ones leave it
    python3 locale/extract.py --check    change nothing; exit code 1 when recraft.pot is not what the code says

What is gathered, without running anything: the texts given to `say`, `say_n`, `tr` and `N_`, the words of errors, the
fields of rows that people read, and every literal that is a whole sentence.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "core"))

from recraft_setup import catalogues  # noqa: E402 - its folder comes first
from recraft_setup.catalogues import Entry  # noqa: E402

SOURCES = ("core/recraft_core", "krita_plugin/recraft", "gimp_plugin/recraft")
MARKS = {"say", "tr", "N_", "sentence"}
# Calls whose first argument is a part of a sentence, or a label.
FIRST = {
    "senseless", "_damaged", "_misread", "Failed", "trouble", "label", "button", "tool", "Note", "Fold", "_say",
    "_row", "set_menu_label", "setWindowTitle", "setText", "set_tooltip_text", "setPlaceholderText", "append_text",
    "set_title", "head", "heading", "warn",
}  # fmt: skip
# The fields of rows that people read, by place or name.
ROWS: dict[str, tuple[int | str, ...]] = {
    "Option": (1, 2), "Setting": (1, 2), "setting": (1, 2, "without"), "beginning": ("without",),
    "Operation": (1, 2, 5, "menu", "button"),
    "Verb": (1, 2, 3, "short", "label", "button"), "Command": (1,), "Finding": (2, 3), "FileKind": (0, 1),
    "Number": (2,),
    "Choice": (0,), "Entry": ("label", "help", "button"), "Row": (1, 2),
}  # fmt: skip
NAMED = {"what", "remedy", "help", "hint", "title", "description", "epilog", "placeholder", "nothing", "note", "tip",
         "unit", "empty"}  # fmt: skip
# Variables that hold such words for a moment.
WAITING = {"text", "what", "remedy", "says", "note", "hint"}
# Letters, or a number whose translation shows how numbers are written.
WORDS = re.compile(r"[^\W\d_]|\d,\d")
# A literal of this shape is a sentence wherever it stands.
SENTENCE = re.compile(r"[“A-Z1-9][^\n]* [^\n]*[^\s.][.!?…:”]")
NOT_FOR_PEOPLE = re.compile(
    r"^(log|logging|logger)\.|^re\.|^(TypeError|AssertionError|AttributeError|RuntimeError|NotImplementedError)$|"
    r"exec$|^warnings\.|simplefilter"
)


def literals(node: ast.AST | None) -> Iterator[str]:
    """The texts an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for one in node.values:
            yield from literals(one)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from literals(value)
    elif isinstance(node, (ast.Tuple, ast.List)):
        for one in node.elts:
            yield from literals(one)


class Gatherer(ast.NodeVisitor):
    """What one file says, in its order: (msgid, plural)."""

    def __init__(self, errors: set[str]) -> None:
        self._errors = errors
        self.found: list[tuple[str, str]] = []

    def _add(self, node: ast.AST | None) -> None:
        self.found += [(text, "") for text in literals(node) if WORDS.search(catalogues.HOLE.sub("", text))]

    def visit_Call(self, node: ast.Call) -> None:
        """A call that makes, shows or marks a text."""
        whole = ast.unparse(node.func)
        name = whole.rpartition(".")[2]
        if NOT_FOR_PEOPLE.search(whole):
            return
        first = node.args[0] if node.args else None
        if name == "say_n" and len(node.args) > 2:
            singular, plural = (next(literals(one), "") for one in node.args[:2])
            self.found.append((singular, plural))
            for one in (*node.args[2:], *node.keywords):
                self.visit(one)
            return
        if name in MARKS or name in FIRST or name in self._errors:
            self._add(first)
        elif whole == "map" and ast.unparse(node.args[0]) in MARKS:
            self._add(node.args[1])
        elif whole == "join":
            self._add(ast.List(node.args))
        self._fields(node, ROWS.get(name, ()))
        self.generic_visit(node)

    def _fields(self, node: ast.Call, wanted: tuple[int | str, ...]) -> None:
        for field in wanted:
            if isinstance(field, int) and len(node.args) > field:
                self._add(node.args[field])
        for keyword in node.keywords:
            if keyword.arg in NAMED or keyword.arg in wanted:
                self._add(keyword.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Words that wait for a call below."""
        if all(isinstance(one, ast.Name) and one.id in WAITING for one in node.targets):
            self._add(node.value)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A docstring is no text for people."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Its pieces are no sentences; what is called inside may be."""
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                self.visit(value.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        """A whole sentence."""
        if isinstance(node.value, str) and SENTENCE.fullmatch(node.value):
            self._add(node)


def files() -> list[Path]:
    """Every file that says something."""
    found = (path for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))
    # Notes about what the service documents are for those who read the tables.
    return sorted(path for path in found if "contract" not in path.parts)


def errors(trees: list[ast.Module]) -> set[str]:
    """Names of the classes of errors, whose words are sentences."""
    bases = {
        node.name: {ast.unparse(base).rpartition(".")[2] for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    known = {"RecraftError"}
    while more := {name for name, above in bases.items() if above & known} - known:
        known |= more
    return known


def gathered() -> dict[str, Entry]:
    """All sentences by msgid, in the order of files and lines."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files()}
    kinds = errors(list(trees.values()))
    found: dict[str, Entry] = {}
    for path, tree in trees.items():
        gatherer = Gatherer(kinds)
        gatherer.visit(tree)
        place = path.relative_to(ROOT).as_posix()
        for msgid, plural in gatherer.found:
            known = found.get(msgid, Entry(msgid, plural, ("", "") if plural else ("",)))
            places = known.places if place in known.places else (*known.places, place)
            more = known.plural or plural
            found[msgid] = Entry(msgid, more, ("", "") if more else ("",), places)
    return found


def template() -> str:
    """The text of recraft.pot."""
    fields = "Project-Id-Version: recraft-canvas\nContent-Type: text/plain; charset=UTF-8\n"
    fields += "Content-Transfer-Encoding: 8bit\n"
    return catalogues.written([Entry("", strings=(fields,)), *gathered().values()])


def merged(old: dict[str, Entry], new: dict[str, Entry]) -> str:
    """A .po file with the sentences of `new` and the translations of `old`."""
    count = re.search(r"nplurals=(\d)", catalogues.header(old).get("Plural-Forms", ""))
    forms = int(count[1]) if count else 2
    entries = [old[""]]
    for one in new.values():
        known = old.get(one.msgid)
        wanted = forms if one.plural else 1
        kept = known.strings if known and len(known.strings) == wanted else ("",) * wanted
        entries.append(Entry(one.msgid, one.plural, kept, one.places))
    return catalogues.written(entries)


def main() -> int:
    """Write the template and bring the catalogues in line, or only look."""
    path = HERE / f"{catalogues.DOMAIN}.pot"
    text = template()
    if "--check" in sys.argv:
        return int(not path.is_file() or path.read_text(encoding="utf-8") != text)
    path.write_text(text, encoding="utf-8")
    for name in catalogues.languages(HERE):
        catalogue = HERE / name / "LC_MESSAGES" / f"{catalogues.DOMAIN}.po"
        old = catalogues.read(catalogue.read_text(encoding="utf-8"))
        catalogue.write_text(merged(old, gathered()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
