"""What setup.cfg cannot say: catalogues are compiled, and the plugins of Krita and GIMP travel in the wheel."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, "core")
from recraft_setup import catalogues

_SHARED = Path("recraft_core", "shared", "locale")


class WithPlugins(build_py):
    """Build the packages, compile the catalogues, and put the plugins beside the code that installs them."""

    def run(self) -> None:
        """Build."""
        super().run()
        compiled = Path("core" if self.editable_mode else self.build_lib) / _SHARED
        shutil.rmtree(compiled, ignore_errors=True)
        catalogues.build(Path("locale"), compiled)
        if self.editable_mode:  # a checkout has the plugins where they are
            return
        for name in ("krita_plugin", "gimp_plugin"):
            target = Path(self.build_lib, "recraft_setup", name)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(name, target, ignore=shutil.ignore_patterns("__pycache__"))


setup(cmdclass={"build_py": WithPlugins})
