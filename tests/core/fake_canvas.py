"""A canvas and a worker for the plugin's shared parts: pixels in memory, and answers that the test gives."""
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plugin.placement import Layer
from recraft_core.shared.protocol import Message

SIZE = Size(40, 30)


class FakeCanvas:
    """`pixels` and `selected` are rows of the whole canvas, 4 bytes and 1 byte a pixel. `busy_for` looks it is busy."""

    def __init__(self, size=SIZE, key="one", selection=None):
        self.size, self.key, self.title, self.selection = size, key, f"{key}.kra", selection
        self.pixels = bytearray(number * 7 % 256 for number in range(4 * size.width * size.height))
        self.selected = bytearray(size.width * size.height)
        if selection is not None:
            for y in range(selection.y, selection.bottom):
                start = y * size.width + selection.x
                self.selected[start : start + selection.width] = b"\xff" * selection.width
        self.layer_id, self.layer_name, self.busy_for = "paper", "Paper", 0
        self.notes = {}
        self.read_boxes = []

    @property
    def busy(self):
        self.busy_for = max(0, self.busy_for - 1)
        return self.busy_for > 0

    def _part(self, data, box, step):
        starts = ((y * self.size.width + box.x) * step for y in range(box.y, box.bottom))
        return b"".join(bytes(data[at : at + box.width * step]) for at in starts)

    def read(self, box):
        self.read_boxes.append(box)
        return self._part(self.pixels, box, 4)

    def peek(self, box):
        return self._part(self.pixels, box, 4)

    def read_layer(self, node, box):
        return bytes([node]) * (4 * box.size.area)

    def coverage(self, box):
        return self._part(self.selected, box, 1)

    def tree(self):
        return (Layer("paper", name="Paper", box=Box.of(self.size)),)

    def node(self, layer_id):
        """The frames of the layer, {time: a byte that all of it is made of}; as a test sets them."""
        return getattr(self, "frames", {}).get(layer_id)

    def has_frame(self, time, node):
        return time in node

    def read_frame(self, time, node, box):
        return bytes([node[time]]) * (4 * box.size.area)

    def note(self, name):
        return self.notes.get(name, "")

    def keep_note(self, name, text):
        self.notes[name] = text


class FakeHost:
    """All canvases that are open, the first in front."""

    def __init__(self, *canvases):
        self.canvases = list(canvases)

    def active(self):
        return self.canvases[0] if self.canvases else None

    def find(self, key):
        return next((one for one in self.canvases if one.key == key), None)

    def check(self, key):
        if self.find(key) is None:
            from recraft_core.shared.errors import BadOption

            raise BadOption("The picture was closed.", remedy="Nothing was sent.")


class FakeRequests:
    """The requests of a plugin, with nobody at the other end: the test answers."""

    def __init__(self):
        from recraft_core.shared.plugin.signals import Signal

        self.sent, self.cancelled, self.news = [], [], Signal()

    def ask(self, kind, on_message, blobs=(), **fields):
        self.sent.append((kind, on_message, list(blobs), fields))
        return len(self.sent)

    def cancel(self, number):
        self.cancelled.append(number)

    def answer(self, number, kind="answer", blobs=(), **fields):
        """Answer request `number`, 1 the first."""
        self.sent[number - 1][1](Message(kind, number, fields, blobs=blobs))

    def asked(self, kind, **fields):
        """Numbers of the requests of that kind with those fields."""
        return [
            number for number, (one, _, _, held) in enumerate(self.sent, 1)
            if one == kind and fields.items() <= held.items()
        ]  # fmt: skip


def last(generator):
    """What a generator returns at its end."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value
