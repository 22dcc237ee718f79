"""Batcher, the batch plug-in, over pictures with procedures of ours. Runs inside gimp-console, beside an installed Batcher.

Batcher's own code writes its settings file and its own procedure then does the work. BATCH names the folder of
pictures and what to do: "erase", "remove-background" or "crisp-upscale".
"""
import importlib
import json
import os
import sys
import time
from pathlib import Path

import contract
from gi.repository import Gimp, Gio
from gimp_many import prices

HOME = Path(os.environ["HOME"])
BATCHER = Path(Gimp.directory()) / "plug-ins" / "batcher"
CONVERT = "plug-in-batch-convert"
ACTIONS = {
    "erase": (("gimp-image-select-rectangle", dict(zip(["x", "y", "width", "height"], map(float, contract.AROUND)))), ("recraft-erase", {})),
    "remove-background": (("recraft-remove-background", {}),),
    "crisp-upscale": (("recraft-crisp-upscale", {}),),
}


def batcher(*modules):
    """Modules of Batcher's own, which expect its catalogues to be there."""
    sys.path[:0] = [] if str(BATCHER) in sys.path else [str(BATCHER)]
    importlib.import_module("src.utils").initialize_i18n(str(BATCHER / "locale"), "batcher")
    return [importlib.import_module(name) for name in modules]


def settings_file(name, output):
    """A settings file as Batcher writes it: those actions, and where the results go."""
    commands, plugin_settings, setting_ = batcher("src.commands", "src.plugin_settings", "src.setting")
    settings = plugin_settings.create_settings_for_convert()
    for procedure, values in ACTIONS[name]:
        commands.add(settings["main/actions"], procedure, values)
    settings["main/output_directory"].set_value(Gio.File.new_for_path(str(output)))
    path = HOME / f"{name}.json"
    settings.save({"persistent": setting_.JsonFileSource(CONVERT, str(path))})
    return path


def run(name, pictures):
    """Let Batcher do it; (status, what GIMP says, seconds)."""
    output = HOME / name
    output.mkdir()
    listed = HOME / "inputs.txt"
    listed.write_text("\n".join(map(str, pictures)), encoding="utf-8")
    procedure = Gimp.get_pdb().lookup_procedure(CONVERT)
    config = procedure.create_config()
    for key, value in {"inputs": listed, "settings-file": settings_file(name, output)}.items():
        config.set_property(key, Gio.File.new_for_path(str(value)))
    begun = time.monotonic()
    status = procedure.run(config).index(0)
    return int(status), Gimp.get_pdb().get_last_error(), round(time.monotonic() - begun, 1)


def offered():
    """Our procedures that Batcher lists among the plug-ins one can choose, by its own rule."""
    commands, browser = batcher("src.commands", "src.gui.commands.browser")
    names = Gimp.get_pdb().query_procedures("^recraft-", *[""] * 7)
    rule = browser.CommandBrowser._has_plugin_procedure_image_or_drawable_arguments
    return [name for name in names if rule(browser.CommandBrowser, commands.get_command_dict_from_pdb_procedure(name))]


def main():
    pictures = sorted(Path(os.environ["BATCH"]).glob("*.png"))
    told = {"offered": offered()}
    with prices(latency_s=0):
        for name in ACTIONS:
            told[name] = run(name, pictures)
            print(name, told[name], flush=True)
    (HOME / "batcher.json").write_text(json.dumps(told), encoding="utf-8")
