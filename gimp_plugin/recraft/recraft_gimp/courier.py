"""To the worker and back, pumped by a timer of GLib: works with and without a window, and nothing blocks."""

import traceback
from pathlib import Path

from gi.repository import GLib

from recraft_core.errors import EngineTrouble, RecraftError, from_dict
from recraft_core.link import PluginLink, read_command

FOLDER = Path(__file__).resolve().parent.parent
EVERY_MS = 20
BUDGET_MS = 8


class Courier:
    """One worker for the life of a procedure. `host` is GIMP's name and version."""

    def __init__(self, host, folder=FOLDER):
        self._host, self._folder = host, folder
        self._link = None
        self._told = {}
        self._late = []
        self._timer = 0
        self.news = lambda _message: None  # what nobody asked for: balance, filed

    def ask(self, kind, told, blobs=(), **fields):
        """Send a request; `told` gets each message that answers it, errors too. The id to cancel it with."""
        try:
            link = self._open()
        except RecraftError as trouble:
            self._late.append((told, _failure(trouble)))
            return 0
        number = link.send(kind, blobs=blobs, **fields)
        self._told[number] = told
        return number

    def cancel(self, number):
        """Ask for the end of a job."""
        if self._link is not None:
            self._link.cancel(number)

    def finish(self, kind, *, on_progress=lambda _message: None, begun=lambda _number: None, blobs=(), **fields):
        """Send a request and run GIMP's loop until it has ended: its last message. Raises what went wrong.

        `begun` gets the id to cancel it with.
        """
        loop, ends = GLib.MainLoop(), []

        def told(message):
            if message.ends:
                ends.append(message)
                loop.quit()
            elif message.kind == "progress":
                on_progress(message)

        begun(self.ask(kind, told, blobs, **fields))
        if not ends:
            loop.run()
        return outcome(ends[0])

    def stop(self):
        """Let the worker go; it finishes by itself what was paid for."""
        if self._timer:
            GLib.source_remove(self._timer)
            self._timer = 0
        if self._link is not None:
            self._link.stop()

    @property
    def pid(self):
        """The worker's process id, 0 when there is none."""
        return self._link.pid if self._link is not None else 0

    def _open(self):
        self._timer = self._timer or GLib.timeout_add(EVERY_MS, self._poll)
        if self._link is None:
            self._link = PluginLink(read_command(self._folder), host=self._host)
        return self._link

    def _poll(self):
        late, self._late = self._late, []
        for told, message in late:
            _tell(told, message)
        for message in self._link.poll(BUDGET_MS) if self._link is not None else ():
            told = self._told.pop(message.id, None) if message.ends else self._told.get(message.id)
            _tell(told or self.news, message)
        return GLib.SOURCE_CONTINUE


def _tell(told, message):
    """Hand a message on. An exception that reached GLib would end the timer, and every wait with it."""
    try:
        told(message)
    except Exception:  # noqa: BLE001 - whatever it is, the next message has to come
        traceback.print_exc()


def outcome(message):
    """The message itself, or its error raised."""
    if message.kind == "error":
        raise from_dict(message["error"])
    return message


def _failure(trouble):
    from recraft_core.messages import Message

    return Message("error", 0, {"error": trouble.as_dict()})


def unexpected(problem):
    """A fault of ours as an error people can do something with."""
    return EngineTrouble(
        f"The plug-in made a mistake: {type(problem).__name__}: {problem}.",
        remedy="Nothing was placed. What was paid for is in the history; please report this.",
    )
