"""Sentences with values: what they hold, how they cross the pipe, and what every catalogue must be."""

import ast
import gettext
import io
import json
import os
import pickle
import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest
from recraft_core import keys
from recraft_core.api.refusals import refusal
from recraft_core.history import recorder
from recraft_core.redaction import HIDDEN, redact_data
from recraft_core.settings import Settings
from recraft_core.shared import errors, i18n, operations, worker_process
from recraft_core.shared.errors import BadOption
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.i18n import Sentence, join, say, say_n, translate
from recraft_core.shared.islands import around
from recraft_core.shared.operations import OPERATIONS
from recraft_core.shared.options import OPTIONS
from recraft_core.shared.plan import Ask, at_home, plan, price_text
from recraft_core.shared.plugin.mnemonics import Mnemonics
from recraft_core.shared.protocol import Message, Reader, pieces
from recraft_setup import catalogues

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "locale"
KEY = "key-for-tests-0123456789"
TEMPLATE = catalogues.read((LOCALE / "recraft.pot").read_text(encoding="utf-8"))
LANGUAGES = catalogues.languages(LOCALE)
PARTS = ("core/recraft_core", "krita_plugin/recraft", "gimp_plugin/recraft")


def catalogue(language):
    return catalogues.read((LOCALE / language / "LC_MESSAGES" / "recraft.po").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("locale")
    catalogues.build(LOCALE, folder, with_pseudo=True)
    return folder


@pytest.fixture
def spoken(compiled, monkeypatch):
    """The catalogues as a build makes them; nothing of them is left afterwards."""
    monkeypatch.setattr(i18n, "FOLDER", compiled)
    for one in (i18n.catalogue, i18n._matching):
        one.cache_clear()
    yield i18n
    i18n.use("")
    for one in (i18n.catalogue, i18n._matching):
        one.cache_clear()


# --- sentences ------------------------------------------------------------------------------------------------------


def test_a_sentence_is_its_english_text_and_knows_what_it_was_made_of():
    made = say("The mask is {size}, the picture {other:,} px {{wide}}.", size=Size(3, 4), other=1200)
    assert made == "The mask is 3 × 4, the picture 1,200 px {wide}."
    assert made.template == "The mask is {size}, the picture {other:,} px {{wide}}."
    assert made.values == {"size": "3 × 4", "other": 1200}
    assert pickle.loads(pickle.dumps(made)).values == made.values  # noqa: S301
    assert isinstance(str(ValueError(made)), Sentence)


def test_a_plural_is_chosen_by_its_number():
    texts = [say_n("{n} entry", "{n} entries", n) for n in (0, 1, 2)]
    assert texts == ["0 entries", "1 entry", "2 entries"]
    assert price_text(1) == "1 unit · $0.001"
    assert price_text(1200) == "1,200 units · $1.20"


@pytest.mark.parametrize("evil", ["{size.__class__}", "{size[0]}", "{size:>999999999}", "{size!r}", "{0}", "{}"])
def test_a_template_reaches_nothing_but_its_values(evil):
    assert Sentence(evil, {"size": "3"}) == evil


def test_an_error_crosses_the_pipe_as_template_and_values():
    inner = say("{host} cannot be reached.", host="example.org")
    error = BadOption(inner, remedy=say_n("{n} left.", "{n} left.", 2), option="size")
    line = b"".join(pieces(Message("error", 3, {"error": error.as_dict(), "notes": [join("One.", inner), "plain"]})))
    assert json.loads(line)["error"]["what"] == {"say": "{host} cannot be reached.", "values": {"host": "example.org"}}
    reader = Reader("worker")
    reader.trust()
    reader.space()[: len(line)] = line
    (message,) = reader.got(len(line))
    again = errors.from_dict(message["error"])
    assert (again.what, again.what.template, again.what.values) == (inner, inner.template, inner.values)
    assert (again.remedy.plural, again.remedy.values, again.option) == ("{n} left.", {"n": 2}, "size")
    assert message["notes"] == ["One. example.org cannot be reached.", "plain"]
    assert message["notes"][0].values["s1"].template == inner.template


@pytest.mark.parametrize(
    "odd", [{"say": 3, "values": {}}, {"say": "x"}, {"say": "x", "values": [1]}, {"say": "x", "values": {"a": None}},
            {"say": "x", "values": {}, "more": 1}, {"say": "x", "values": {}, "plural": "y"}],
)  # fmt: skip
def test_what_only_looks_like_a_sentence_stays_as_it_came(odd):
    assert i18n.from_data(odd) == odd
    assert not isinstance(i18n.from_data(odd), Sentence)


def test_secrets_leave_a_sentence_and_its_values():
    told = {"what": say("It said: {text} {inner}", text=f"x {KEY}", inner=say("{key}", key="Authorization: Bearer abc"))}
    clean = redact_data(told, [KEY])["what"]
    assert isinstance(clean, Sentence)
    assert not [one for one in (KEY, "abc") if one in repr(i18n.to_data(clean)) + clean]
    assert clean.count(HIDDEN) == 2
    # Where the secret stands in the template and a value together, no template is left to give it away.
    split = say("Authorization: Bearer {rest}", rest="abcdefgh")
    assert "abcdefgh" in split
    assert "abcdefgh" not in repr(i18n.to_data(redact_data({"what": split})))


def test_control_characters_leave_the_values_of_an_error():
    error = BadOption(say("No file {name}.", name="a\x1b[2Jb"), remedy="Look.")
    assert (error.what, error.what.values) == ("No file a[2Jb.", {"name": "a[2Jb"})


def test_at_home_nothing_is_said_to_be_sent():
    small, large = Size(1000, 800), Size(9000, 6000)
    notes = []
    for canvas, box in ((small, Box(300, 300, 90, 80)), (large, Box(0, 0, 8000, 5000))):
        notes += plan(Ask("erase", {}, canvas, box)).notes
    notes += plan(Ask("outpaint", {"expand_right": 300}, large)).notes
    far = (Box(300, 300, 60, 60), Box(8400, 3500, 60, 60))
    notes += plan(Ask("erase", {}, large, around(far), far)).notes
    notes += plan(Ask("erase", {"islands": "tiles"}, large, Box(0, 0, 8000, 5000))).notes
    assert len([note for note in notes if "sent" in note.lower()]) >= 4
    assert len([note for note in notes if "$" in note]) == 2
    assert not [note for note in map(at_home, notes) if "sent" in note.lower() or "$" in note or "request" in note]


# --- the user's language --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("de_DE.UTF-8", "de"), ("de_AT@euro", "de"), ("xy:de:en", "de"), ("en_GB:de", "en"), ("C.UTF-8", "en"), ("C", "en"),
     ("POSIX", "en"), ("xx", "xx"), ("tlh", "en"), ("de-CH", "de"), ("", "en"), ("../../x", "en")],
)  # fmt: skip
def test_the_language_is_the_nearest_there_is(spoken, wanted, found):
    spoken.use(wanted)
    expected = "en" if found == "de" and "de" not in LANGUAGES else found
    if wanted:
        assert spoken.language() == expected


def test_the_environment_chooses_where_no_host_does(spoken, monkeypatch):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert spoken.language() == "en"
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert spoken.language() == "de"
    monkeypatch.setenv("LC_ALL", "C")
    assert spoken.language() == "en"
    monkeypatch.setenv("LANGUAGE", "de")
    assert spoken.language() == "de"
    spoken.use("en")
    assert spoken.language() == "en"


@pytest.mark.parametrize("names", [("zh_CN", "pt_BR", "de")])
def test_related_languages_stand_in_but_not_one_script_for_the_other(names):
    near = {wanted: i18n._nearest(wanted, list(names)) for wanted in ("pt_PT", "zh_TW", "zh_Hant_HK", "zh_SG", "zh", "de_LU", "fr")}
    assert near == {
        "pt_PT": "pt_BR", "zh_TW": "", "zh_Hant_HK": "", "zh_SG": "zh_CN", "zh": "zh_CN", "de_LU": "de", "fr": "",
    }  # fmt: skip


def test_a_sentence_is_translated_with_the_sentences_in_it(spoken):
    made = say("{verb} needs a selection.", verb=say(OPERATIONS["inpaint"].verb))
    assert translate(made, "de") == "„Füllen“ braucht eine Auswahl."
    assert translate(price_text(1200), "de") == "1.200 Einheiten · 1,20 $"
    assert translate(join(made, "Nothing was sent."), "de").endswith(" Es wurde nichts gesendet.")
    # What a user named like one of our words stays as it is named.
    assert translate(say("“{name}” is locked.", name="Layer"), "de") == "„Layer“ ist gesperrt."
    assert translate("Nobody has translated this.", "de") == "Nobody has translated this."


def test_what_the_service_refused_is_told_in_german_around_its_own_words(spoken):
    error = refusal("erase", 400, {}, b'{"code": "invalid_image", "message": "too dark"}')
    assert "too dark" in translate(error.what, "de")
    assert "Der Dienst hat erase abgelehnt" in translate(error.what, "de")
    assert translate(error.remedy, "de").startswith("Es wurde nichts berechnet.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_the_ordinary_flow_stays_english(spoken, language):
    said = [text for text in [*notes(), *troubles(), *hints()] if text]
    assert len(said) > 50
    assert [text for text in said if translate(text, language) == text] == []
    # These words stand in no translated sentence.
    left = {"the", "and", "selection", "picture", "service", "your", "charged", "is", "of"}
    half = {text: translate(text, language) for text in said}
    own = {"nl": {"is", "of"}, "fr": {"service"}}.get(language, set())
    assert {text: told for text, told in half.items() if (left - own) & set(told.lower().split())} == {}


def notes():
    """What stands below the button before a click, and the price on it."""
    small, large = Size(1000, 800), Size(9000, 6000)
    area = Box(300, 300, 90, 80)
    asks = [
        Ask("erase", {}, small, area),
        Ask("erase", {"context_px": 4096}, large, Box(10, 10, 5000, 4000)),
        Ask("outpaint", {"prompt": "sky", "expand_left": 100}, small),
        Ask("crisp_upscale", {}, large),
        Ask("vectorize", {}, Size(40, 40)),
    ]
    plans = [plan(ask) for ask in asks]
    assert all(made.notes for made in plans)
    return [*(note for made in plans for note in made.notes), *(made.price for made in plans)]


def troubles():
    """What and remedy of the errors most people meet sooner or later."""
    small, far = Size(1000, 800), Box(2000, 2000, 5, 5)
    calls = [
        lambda: plan(Ask("generate", {})),
        lambda: plan(Ask("generate", {"prompt": "a" * 20_000})),
        lambda: plan(Ask("generate", {"prompt": "a", "style": "no such style"})),
        lambda: plan(Ask("erase", {}, small)),
        lambda: plan(Ask("erase", {}, small, far)),
        lambda: plan(Ask("vectorize", {})),
        lambda: plan(Ask("outpaint", {"prompt": "sky", "size": "5:4"}, small)),
        lambda: keys.check("a b"),
        lambda: keys.check("abc"),
        lambda: keys.check("'" * 40),
        lambda: worker_process.read_command(Path("nowhere")),
        lambda: recorder.check_caps(40, Settings(cap_per_click_units=20), None, 0.0),  # asks no history for this cap
    ]
    found = [caught(call) for call in calls] + [errors.Cancelled()]
    return [text for trouble in found for text in (trouble.what, trouble.remedy)]


def caught(call):
    with pytest.raises(errors.RecraftError) as found:
        call()
    return found.value


def hints():
    """The tooltips of everything the docker offers."""
    shown = {"n", "model", "size", "strength", "context_px", "grow_px", "feather_px", "threshold", "random_seed"}
    unseen = {"explore_similar", "create_style", "enhance_prompt", "account"}
    verbs = [row.help for name, row in operations.OPERATIONS.items() if name not in unseen]
    return [*verbs, *(OPTIONS[name].help for name in sorted(shown))]


def test_the_command_line_speaks_it(spoken, monkeypatch, capsys):
    from recraft_core.cli import main

    monkeypatch.setenv("LANGUAGE", "de")
    assert main(["history", "show", "nosuch"]) == 2
    assert "Fehler: Der Verlauf hat keinen Eintrag „nosuch“." in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["erase", "--help"])
    assert "die Bilddatei: die Leinwand" in " ".join(capsys.readouterr().out.split())


def test_english_reads_no_catalogue(spoken, monkeypatch):
    monkeypatch.setattr(gettext, "GNUTranslations", lambda _file: pytest.fail("read for nothing"))
    monkeypatch.setenv("LANGUAGE", "en_GB")
    assert i18n.tr("Nothing was sent.") == "Nothing was sent."


# --- the catalogues -------------------------------------------------------------------------------------------------


def test_the_template_is_what_the_code_says():
    made = runpy.run_path(str(LOCALE / "extract.py"))["template"]()
    assert (LOCALE / "recraft.pot").read_text(encoding="utf-8") == made, "run: python3 locale/extract.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_complete(language):
    found = catalogue(language)
    assert [msgid for msgid in TEMPLATE if msgid and (msgid not in found or not found[msgid].done)] == []
    assert set(found) - set(TEMPLATE) == set()
    assert all(found[msgid].plural == entry.plural for msgid, entry in TEMPLATE.items())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_keeps_every_value(language):
    for entry in catalogue(language).values():
        wanted = [sorted(catalogues.HOLE.findall(text)) for text in filter(None, (entry.msgid, entry.plural))]
        for at, text in enumerate(entry.strings if entry.msgid else ()):
            # A form for one thing alone may spell its number out.
            held = sorted(catalogues.HOLE.findall(text))
            assert held in wanted or (at == 0 and entry.plural and held in [_without_n(one) for one in wanted]), text
            assert text.strip() == text or entry.msgid.strip() != entry.msgid, text


def _without_n(holes):
    return [one for one in holes if not one.startswith("{n")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_its_languages_own_plurals(language):
    found = catalogue(language)
    forms = catalogues.header(found)["Plural-Forms"]
    count = int(re.search(r"nplurals=(\d)", forms)[1])
    assert {len(entry.strings) for entry in found.values() if entry.plural} == {count}
    words = gettext.GNUTranslations(io.BytesIO(catalogues.compiled(found.values())))
    entry = found["{n:,} unit"]
    # French and its kin have a form for whole millions.
    numbers = (*range(200), 10**6, 2 * 10**6)
    assert {words.ngettext(entry.msgid, entry.plural, n) for n in numbers} == set(entry.strings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_keeps_what_is_typed_and_clicked(language):
    """Commands, flags, names of variables and addresses are the same in every language."""
    typed = re.compile(r"recraft (?:key|settings|history|styles|doctor|create-style)(?: [a-z]+)?|--[a-z-]+|RECRAFT_[A-Z_]+|https?://\S+|pip install (?:-U )?\"?[A-Za-z-]+(?:\[\w+\])?")
    for entry in catalogue(language).values():
        if entry.msgid:
            for text in entry.strings:
                assert set(typed.findall(entry.msgid)) <= set(typed.findall(text)), text
                assert text.count("_") >= entry.msgid.count("_") or "_" not in _mnemonic(entry.msgid), text


def _mnemonic(msgid):
    """The label, where its underscore marks a letter to press."""
    return msgid if re.fullmatch(r"[^{}.:]*_[^_]*", msgid) and " " not in msgid.split("_")[0][-1:] else ""


@pytest.mark.parametrize("language", [*LANGUAGES, "xx"])
def test_letters_to_press_are_not_given_twice_in_a_window(spoken, language):
    """The form of each operation: what stands fixed there, and what is handed out around it."""
    rooms = mnemonic_rooms()
    assert len(rooms) > 10
    for name, labels in rooms.items():
        shown = [translate(label, language) for label in labels]
        letters = [text[text.find("_") + 1].lower() for text in shown if "_" in text.replace("__", "")]
        if language == "xx":  # its words are not made for hands
            continue
        assert len(letters) == len(set(letters)), (name, shown)


def mnemonic_rooms():
    """Labels with fixed letters that stand in one window, as GIMP's sources have them."""
    form = (ROOT / "gimp_plugin/recraft/recraft_gimp/ui_form.py").read_text(encoding="utf-8")
    fixed = next(
        [ast.literal_eval(one) for one in node.value.args[0].args[1].elts]
        for node in ast.parse(form).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "FIXED"
    )
    rooms = {
        row.name: [*(one for one in fixed if _in_form(one, row)), row.button] for row in OPERATIONS.values() if row.menu
    }
    history = ["_Star", "_Remove", "Sa_ve…", "_Close", "_Place"]
    return {**rooms, "history": history, "starred": [*history[1:], "Un_star"], "settings": ["_Close", "Add _key…", "_Test key", "_Remove key"]}  # fmt: skip


def _in_form(label, row):
    wanted = {"_Prompt": "prompt", "✦ E_nhance": "prompt", "St_yle": "style_id", "Mo_del": "model", "Co_unt": "n"}
    if label == "_Images":
        return bool(row.picture)
    return label not in wanted or any(option.name == wanted[label] for option in row.options)


def test_letters_go_to_scripts_that_have_them():
    letters = Mnemonics(fixed=("_Начать", "Zurüc_k"))
    assert [letters.of(one) for one in ("Нет", "強さ", "Kante", "{n}")] == ["Н_ет", "強さ", "K_ante", "{_n}"]  # noqa: RUF001


def test_the_pseudo_language_is_longer_and_keeps_values(spoken):
    words = spoken.catalogue("xx")
    for msgid, entry in TEMPLATE.items():
        if msgid and re.search("[A-Za-z]", catalogues.HOLE.sub("", msgid)):
            text = words.ngettext(msgid, entry.plural, 1) if entry.plural else words.gettext(msgid)
            assert sorted(catalogues.HOLE.findall(text)) == sorted(catalogues.HOLE.findall(msgid))
            assert len(text) >= 1.4 * len(msgid) - 1 or len(msgid) < 8, text
            assert text.strip()[0] == "["
    assert words.gettext("Erase").startswith("[Éràšé") or words.gettext("Erase").startswith("[Éràsé") or "É" in words.gettext("Erase")


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext's own compiler is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_gettexts_own_compiler_agrees(language, tmp_path):
    path = LOCALE / language / "LC_MESSAGES" / "recraft.po"
    subprocess.run(["msgfmt", "--check-header", "--check-format", "-o", tmp_path / "their.mo", path], check=True)
    theirs = gettext.GNUTranslations(io.BytesIO((tmp_path / "their.mo").read_bytes()))._catalog
    ours = gettext.GNUTranslations(io.BytesIO(catalogues.compiled(catalogue(language).values())))._catalog
    assert {key: text for key, text in theirs.items() if key} == {key: text for key, text in ours.items() if key}


def test_a_plugin_from_a_checkout_brings_its_languages(tmp_path):
    from recraft_setup.plugins import put_krita

    package = put_krita(tmp_path / "pykrita", ["worker"])
    found = sorted(path.parts[-3] for path in package.glob("shared/locale/*/LC_MESSAGES/recraft.mo"))
    assert found == sorted([*LANGUAGES, "xx"])
    code = "import sys; sys.path.insert(0, sys.argv[1]); from shared import i18n; print(i18n.tr('Nothing was sent.'))"
    environment = {**os.environ, "LANGUAGE": "de", "PYTHONIOENCODING": "utf-8"}
    said = subprocess.run(
        [shutil.which("python3") or "python3", "-c", code, str(package)],
        env=environment, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "Es wurde nichts gesendet."


# --- the code -------------------------------------------------------------------------------------------------------


def calls():
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield path, node


def error_names():
    extract = runpy.run_path(str(LOCALE / "extract.py"))
    return extract["errors"]([ast.parse(path.read_text(encoding="utf-8")) for path in extract["files"]()])


def test_no_error_is_given_a_text_with_values_already_in_it():
    """An f-string, a join or a sum cannot be looked up: `say` names its values."""
    kinds = error_names()
    assert {"BadOption", "Gone", "Kept"} <= kinds
    glued = []
    for path, node in calls():
        if ast.unparse(node.func).rpartition(".")[2] in kinds:
            given = [*node.args[:1], *(one.value for one in node.keywords if one.arg in {"what", "remedy"})]
            glued += [f"{path.name}:{node.lineno}" for one in given if _glued(one)]
    assert glued == []


def _glued(node):
    if isinstance(node, (ast.JoinedStr, ast.BinOp)):
        return True
    if isinstance(node, ast.IfExp):
        return _glued(node.body) or _glued(node.orelse)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"join", "format"}


def test_nothing_looks_at_a_finished_sentence():
    """No comparison of, and no search in, what an error says or a note tells."""
    fields = {"what", "remedy"}
    found = []
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Compare):
                    sides = [node.left, *node.comparators]
                    texts = [one for one in sides if isinstance(one, ast.Attribute) and one.attr in fields]
                    words = [one for one in sides if isinstance(one, (ast.Constant, ast.Tuple, ast.Set, ast.List))]
                    if texts and words:
                        found.append(f"{path.name}:{node.lineno}")
    assert found == []
