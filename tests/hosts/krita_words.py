"""Every text of the docker in the pseudo-language, [Šéé ~~]: what is not in it was never translated."""
# ruff: noqa: PT009 - plain unittest, since there is no pytest in the hosts' own Pythons
import re
from pathlib import Path

from krita_port import dock, pump, session
from krita_trust import Trusting
from recraft.qt import QtWidgets
from recraft.shared.contract import BASE_STYLES, MODELS
from recraft.shared.contract.styles import STYLES
from recraft.shared.plugin.verbs import VERBS
from recraft.widgets import Note

# Names, units and figures are the same in every language; the frame's buttons are Krita's own.
NAMES = {name for model in MODELS.values() for name in (model.label, model.label.replace("Recraft ", ""))}
NAMES |= {"Close Docker", "Float Docker", "Lock Docker"} | {name.replace("_", " ").capitalize() for name in BASE_STYLES}
PLAIN = re.compile(r"[\W\d_]*(px|Recraft|V[\d.]+ ?\w*|Recraft Canvas · Krita)?[\W\d_]*")


class Words(Trusting):
    def test_the_docker_in_every_verb(self):
        self.canvas()
        found = set()
        for verb in VERBS:
            session().state.choose(verb)
            pump(seconds=0.2)
            found |= set(english(dock()))
        self.assertEqual(sorted(found), [])

    def test_what_stands_behind_the_plus(self):
        self.canvas()
        found = set()
        for verb in VERBS:
            session().state.choose(verb)
            pump(seconds=0.1)
            dock().chips.open_all(dock().chips.plus)
            pump(seconds=0.2)
            popup = QtWidgets.QApplication.activePopupWidget()
            if popup is not None:
                found |= set(english(popup))
                popup.close()
        self.assertEqual(sorted(found), [])

    def test_the_settings(self):
        dock().settings()
        self.addCleanup(dock()._dialog.close)
        pump(seconds=0.5)
        self.assertEqual(sorted(english(dock()._dialog)), [])
        wide = [one.width() for one in dock()._dialog.findChildren(Note) if one.isVisible() and one.text()]
        self.assertGreater(min(wide), 180, "the sentences are squeezed beside wide controls")
        dock()._dialog.grab().save(str(Path.home() / "settings.png"))


def english(parent):
    """The texts below `parent` in which no word was translated."""
    for one in (parent, *parent.findChildren(QtWidgets.QWidget)):
        texts = [getattr(one, name)() for name in ("text", "placeholderText", "toolTip", "title") if callable(getattr(one, name, None))]
        if isinstance(one, QtWidgets.QLineEdit) or "qt_" in one.objectName():
            texts = [one.toolTip()]
        if isinstance(one, QtWidgets.QComboBox):
            texts += [one.itemText(at) for at in range(one.count())]
        for text in texts:
            plain = re.sub(r"<[^>]*>", "", str(text or "")).strip()
            if "[" not in plain and plain not in NAMES and not PLAIN.fullmatch(plain) and not style(plain):
                yield f"{type(one).__name__}: {plain}"


def style(text):
    """True for the name of one of the service's styles."""
    return any(text.endswith(name) for groups in STYLES.values() for names in groups.values() for name in names)


def main(out):
    from krita_run import run

    run(out, Words)
