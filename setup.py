"""What setup.cfg cannot say: the plugins of Krita and GIMP travel in the wheel, inside recraft_setup."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithPlugins(build_py):
    """Build the packages, and put the plugins beside the code that installs them."""

    def run(self) -> None:
        """Build."""
        super().run()
        if self.editable_mode:  # a checkout has them where they are
            return
        for name in ("krita_plugin", "gimp_plugin"):
            target = Path(self.build_lib, "recraft_setup", name)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(name, target, ignore=shutil.ignore_patterns("__pycache__"))


setup(cmdclass={"build_py": WithPlugins})
