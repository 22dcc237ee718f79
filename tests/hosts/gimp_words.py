"""Every text of the dialogs in the pseudo-language, [Šéé ~~]: what is not in it was never translated.

The dialogs are another process's windows. The test adds a line to the installed copy of the plug-in, which calls `watch`
there: it writes down what all widgets say, again and again while a window is open.
"""
import json
import os
import re
import sys
import traceback
from pathlib import Path

TEXTS = Path(os.environ["HOME"]) / "texts.json"
LINE = "\nimport sys\nsys.path.append({here!r})\nimport gimp_words\ngimp_words.watch()\n"
DIALOGS = ("inpaint", "generate", "outpaint", "replace-background", "image-to-image", "explore", "create-style", "history", "settings")
# Names, units and figures are the same in every language.
SAME = re.compile(r"[\W\d_]*(Recraft|V[\d.]+.*|px|GIMP [\d.]+)?[\W\d_]*")
# GIMP's and GTK's own.
THEIRS = {
    "Reset", "_Reset", "Pick a Color", "_Load Saved Settings", "_Save Settings", "Store current settings for later reuse",
    'Load settings saved with "Save Settings" button',
}  # fmt: skip


def install(folder, here):
    """Add the line to the plug-in in `folder`."""
    path = Path(folder) / "recraft_gimp" / "ui_parts.py"
    path.write_text(path.read_text(encoding="utf-8") + LINE.format(here=str(here)), encoding="utf-8")


def watch():
    from gi.repository import GLib, Gtk

    def look():
        seen = [text for window in Gtk.Window.list_toplevels() if window.get_visible() for text in said(window)]
        new = TEXTS.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(seen), encoding="utf-8")
        new.replace(TEXTS)
        return True

    GLib.timeout_add(1500, look)


def said(widget):
    """What the widgets of a window say: labels, hints, lists, fields that tell what goes there."""
    for name in ("title", "label", "tooltip-text", "placeholder-text"):
        if widget.find_property(name):
            yield widget.get_property(name) or ""
    if hasattr(widget, "get_model") and widget.get_model() is not None and hasattr(widget, "get_active_text"):
        yield from (str(row[0]) for row in widget.get_model())
    if hasattr(widget, "forall"):
        children = []
        widget.forall(children.append)
        for child in children:
            yield from said(child)


def english(texts, names):
    """Those in which no word was translated."""
    plain = (re.sub(r"<[^>]*>", "", text).strip() for text in texts)
    return sorted({one for one in plain if "[" not in one and one not in names and not SAME.fullmatch(one)})


def run_all(out):
    """Open each dialog, and write {name: "ok" or what is English in it} to `out`."""
    import gimp_screen
    sys.path.append(str(Path(gimp_screen.Gimp.directory()) / "plug-ins" / "recraft"))
    from recraft_gimp.shared.contract import BASE_STYLES, MODELS
    from recraft_gimp.shared.contract.styles import STYLES

    styles = {name for groups in STYLES.values() for row in groups.values() for name in row}
    bases = {name.replace("_", " ").capitalize() for name in BASE_STYLES}
    names = {model.label for model in MODELS.values()} | styles | bases | THEIRS
    image, _ = gimp_screen.selected()
    verdicts = {}
    for operation in DIALOGS:
        TEXTS.unlink(missing_ok=True)

        def act():
            gimp_screen.dialog("Recraft|\\[")
            gimp_screen.wait_for(TEXTS.exists, "the texts")
            gimp_screen.keys("Escape")

        try:
            gimp_screen.Screen(image, operation).run(act)
            found = english(json.loads(TEXTS.read_text(encoding="utf-8")), names)
            verdicts[operation] = "ok" if not found else f"not translated: {found}"
        except Exception:  # noqa: BLE001 - it is the verdict
            verdicts[operation] = traceback.format_exc()
    verdicts["complete"] = "ok"
    out.write_text(json.dumps(verdicts, indent=1), encoding="utf-8")
