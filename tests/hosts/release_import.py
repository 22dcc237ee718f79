"""Runs inside Krita: import a plugin's zip as Tools > Scripts > Import Python Plugin from File does."""
import importlib.util
import json
import os

from krita import Krita


def main(out):
    from plugin_importer.plugin_importer import PluginImporter

    resources = Krita.instance().getAppDataLocation()
    imported = PluginImporter(os.environ["RECRAFT_ZIP"], resources, lambda plugin: True).import_all()
    absent = [name for name in ("numpy", "PIL", "requests") if importlib.util.find_spec(name) is None]
    names = [plugin["name"] for plugin in imported]
    (out / "imported.json").write_text(json.dumps({"names": names, "absent": absent}), encoding="utf-8")
