#!/usr/bin/env python3
"""Filters > Recraft: the file GIMP starts. The work is in recraft_gimp and, for all hosts alike, in recraft_core.

GIMP drops a plug-in that fails while loading without a word. So whatever fails here is written to a file, and a
menu entry says where it is.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path
from typing import Any

# Windows starts plug-ins with pythonw, which has no streams; a stray print would end the plug-in.
for _name in ("stdout", "stderr"):
    if getattr(sys, _name) is None:
        setattr(sys, _name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - for the whole run

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gimp

COULD_NOT_LOAD = "recraft-could-not-load"

try:
    from recraft_gimp import procedures

    TROUBLE = ""
except BaseException:  # noqa: BLE001 - also a SyntaxError or SystemExit has to be seen
    procedures = None
    TROUBLE = traceback.format_exc()


def log_file() -> Path:
    """Where trouble is written, in GIMP's own folder of this user."""
    return Path(Gimp.directory()) / "recraft" / "trouble.log"


def write_trouble(text: str) -> None:
    """Keep `text` in the log file; a folder that cannot be written changes nothing."""
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{sys.version}\n{sys.platform}\n{text}", encoding="utf-8")
    except OSError:
        pass


class Recraft(Gimp.PlugIn):
    """All procedures of the plug-in, or the one that says why there are none."""

    def do_set_i18n(self, name: str) -> bool:
        """Our catalogues are read by ourselves; saying so keeps GIMP from looking for a folder of its own making."""
        return False

    def do_query_procedures(self) -> list[str]:
        """The names, asked once per change of this file."""
        if TROUBLE:
            write_trouble(TROUBLE)
            return [COULD_NOT_LOAD]
        return procedures.names()

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """The procedure called `name`."""
        return could_not_load(self, name) if name == COULD_NOT_LOAD else procedures.create(self, name)


def could_not_load(plug_in: Gimp.PlugIn, name: str) -> Gimp.Procedure:
    """The entry shown in place of the menu."""
    procedure = Gimp.ImageProcedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, tell_trouble, None)
    procedure.set_sensitivity_mask(31)
    procedure.set_menu_label("Recraft could not load…")
    procedure.add_menu_path("<Image>/Filters/Recraft")
    procedure.set_documentation("Say why the Recraft plug-in could not load", "It writes a log file as well.", name)
    return procedure


def tell_trouble(
    procedure: Gimp.Procedure,
    _mode: Gimp.RunMode,
    _image: Gimp.Image,
    _drawables: Any,
    _config: Any,
    _data: Any,
) -> Gimp.ValueArray:
    """Show the last line of the trouble and where the rest is."""
    write_trouble(TROUBLE)
    last = TROUBLE.strip().splitlines()[-1:] or ["It loads now; start GIMP again."]
    Gimp.message(f"Recraft could not load: {last[0]}\nRun install.py again. All of it is in {log_file()}.")
    return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)


Gimp.main(Recraft.__gtype__, sys.argv)
