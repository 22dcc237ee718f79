"""The actions in Krita's shortcut editor, and the plugin's beginning and end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from krita import Extension, Krita

from .docker import RecraftDocker
from .qt import QtWidgets
from .session import Session
from .shared.i18n import N_
from .tr import tr

if TYPE_CHECKING:
    from krita import Window

# id without its prefix: (text, what it does with the docker)
ACTIONS = {
    "run": (N_("Recraft: do what the main button says"), lambda dock: dock.click()),
    "fill": (N_("Recraft: fill the selection"), lambda dock: dock.session.run("fill")),
    "erase": (N_("Recraft: erase the selection"), lambda dock: dock.session.run("erase")),
    "outpaint": (N_("Recraft: expand the canvas"), lambda dock: dock.session.run("expand")),
    "remove_background": (N_("Recraft: remove the background"), lambda dock: dock.session.run("remove_background")),
    "vectorize": (N_("Recraft: vectorize"), lambda dock: dock.session.run("vectorize")),
    "upscale": (N_("Recraft: crisp upscale"), lambda dock: dock.session.run("crisp_upscale")),
    "cancel": (N_("Recraft: cancel what runs"), lambda dock: dock.session.cancel()),
    "cancel_waiting": (N_("Recraft: cancel what waits"), lambda dock: dock.session.cancel_waiting()),
    "toggle_preview": (N_("Recraft: show or hide the newest result"), lambda dock: dock.results.toggle_preview()),
    "next_result": (N_("Recraft: show the next result"), lambda dock: dock.results.step(1)),
    "previous_result": (N_("Recraft: show the previous result"), lambda dock: dock.results.step(-1)),
    "apply": (N_("Recraft: place the result that is shown"), lambda dock: dock.results.place()),
    "focus_prompt": (N_("Recraft: write the prompt"), lambda dock: dock.focus_prompt()),
    "settings": (N_("Recraft: settings"), lambda dock: dock.settings()),
}


class RecraftExtension(Extension):
    """Made once; createActions is called for each window."""

    def setup(self) -> None:
        """Krita has started."""
        self.session = Session()
        RecraftDocker.core = self.session
        self.session.begin(self)
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.applicationClosing.connect(self.session.stop)

    def createActions(self, window: Window) -> None:  # noqa: N802 - Krita's name
        """The actions of recraft.action for one window."""
        for name, (text, call) in ACTIONS.items():
            action = window.createAction(f"recraft_{name}", tr(text), "tools/scripts")
            # The window is asked for at the click: Krita deletes the wrapper it hands over here soon after.
            action.triggered.connect(lambda _checked=False, call=call: _with_docker(call))


def docker_of(window: Window) -> RecraftDocker | None:
    """The docker of a window; Window.dockers exists from 5.2 on only."""
    docks = window.qwindow().findChildren(QtWidgets.QDockWidget)
    return next((dock for dock in docks if isinstance(dock, RecraftDocker)), None)


def _with_docker(call: Callable[[RecraftDocker], Any]) -> None:
    """Show the docker of the window in front and do something with it."""
    window = Krita.instance().activeWindow()
    docker = docker_of(window) if window is not None else None
    if docker is not None:
        docker.show()
        if docker.session is not None:  # else its worker has to be fetched first, as it says
            call(docker)
