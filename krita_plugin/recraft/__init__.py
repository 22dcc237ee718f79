"""Recraft in Krita: the docker, its actions, and the worker behind them.

Reading order: `qt`, `compat` (all that is odd about Krita) · `host`, `placing` (the port to the canvas) ·
`many`, `key_frames`, `delivery`, `session`, `desk` (what happens, no widget) · `docker` and one `panel_…` each.
`shared` beside it is a copy of the core's room of that name, put there by install.py, as is worker.json.
"""

from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita

from .docker import RecraftDocker
from .extension import RecraftExtension

_application = Krita.instance()
_extension = RecraftExtension(_application)
_application.addExtension(_extension)
_application.addDockWidgetFactory(
    DockWidgetFactory("recraft", DockWidgetFactoryBase.DockPosition.DockRight, RecraftDocker)
)
