"""Messages to the worker and back: who asked gets the answers. Pumped by a timer, nothing waits."""

from .bell import Bell
from .recraft_core.errors import RecraftError
from .recraft_core.link import PluginLink, read_command


class Courier:
    """The way to the worker. `folder` holds worker.json; `host` is the program's name and version."""

    BUDGET_MS = 8

    def __init__(self, folder, host):
        self._folder, self._host = folder, host
        self._link = None
        self._waiting = {}
        self._late = []
        self.news = Bell()  # messages nobody asked for: balance, filed

    def ask(self, kind, told, blobs=(), **fields):
        """Send a request. `told` gets every message that answers it; the id to cancel it with."""
        try:
            link = self._open()
        except RecraftError as trouble:
            self._late.append((told, trouble))
            return 0
        number = link.send(kind, blobs=blobs, **fields)
        self._waiting[number] = told
        return number

    def cancel(self, number):
        """End a job."""
        if self._link is not None:
            self._link.cancel(number)

    def poll(self):
        """Hand over what came. Called by a timer every 20 ms."""
        late, self._late = self._late, []
        for told, trouble in late:
            told(failure(trouble))
        if self._link is None:
            return
        for message in self._link.poll(self.BUDGET_MS):
            told = self._waiting.get(message.id)
            if message.ends:
                self._waiting.pop(message.id, None)
            (told or self.news.ring)(message)

    @property
    def pid(self):
        """The worker's process id, 0 when there is none."""
        return self._link.pid if self._link is not None else 0

    def stop(self):
        """Krita ends: the worker finishes what was paid for by itself."""
        if self._link is not None:
            self._link.stop()

    def _open(self):
        if self._link is None:
            self._link = PluginLink(read_command(self._folder), host=self._host)
        return self._link


def failure(trouble):
    """A worker's error message for trouble that happened on this side."""
    from .recraft_core.messages import Message

    return Message("error", 0, {"error": trouble.as_dict()})
