"""A host for tests: a canvas of noise, a selection, and a link to the real worker in a home of its own."""

import json
import os
import sys
from pathlib import Path

import numpy as np
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plan import Ask, plan
from recraft_core.shared.worker_client import PluginLink

WORKER = str(Path(__file__).with_name("worker_for_tests.py"))
CANVAS, SELECTION = Size(300, 280), Box(120, 110, 50, 40)
# Large enough that sending it takes a moment; larger than what a connection takes in by itself.
LARGE, HUGE = Size(700, 600), Size(1100, 1000)


def canvas(size=CANVAS):
    """Pixels that do not compress: RGBA, opaque."""
    pixels = np.random.default_rng(7).integers(0, 256, (size.height, size.width, 4), np.uint8)
    pixels[..., 3] = 255
    return pixels


def erase(size=CANVAS, order="RGBA", **options):
    """The fields and blobs of a `run` that erases the selection."""
    made = plan(Ask("erase", options, size, SELECTION))
    read = made.read
    pixels = canvas(size)[read.y : read.bottom, read.x : read.right]
    if order == "BGRA":
        pixels = pixels[..., [2, 1, 0, 3]]
    coverage = np.zeros((size.height, size.width), np.uint8)
    coverage[SELECTION.y : SELECTION.bottom, SELECTION.x : SELECTION.right] = 200
    part = np.ascontiguousarray(coverage[read.y : read.bottom, read.x : read.right])
    fields = {
        "operation": "erase",
        "options": options,
        "canvas": size,
        "selection": SELECTION,
        "read": read,
        "parts": ["pixels", "coverage"],
        "order": order,
        "document": "noise.kra",
    }
    return {**fields, "blobs": [np.ascontiguousarray(pixels).tobytes(), part.tobytes()]}


class Plugin:
    """The plugin: `home` holds everything of its worker, which asks `base_url` with `key`."""

    def __init__(self, home, base_url="", key="", command=None, patience_s=30, idle_s=900, **settings):
        self.home = home
        held = {"engine": "service", "base_url": base_url, **settings} if base_url else settings
        (home / "config").mkdir(parents=True, exist_ok=True)
        (home / "config" / "settings.json").write_text(json.dumps(held))
        self.environ = {**os.environ, "RECRAFT_HOME": str(home), "OPENBLAS_NUM_THREADS": "1"}
        self.environ.pop("RECRAFT_API_TOKEN", None)
        if key:
            self.environ["RECRAFT_API_TOKEN"] = key
        self.link = PluginLink(command or [sys.executable, WORKER, str(patience_s), str(idle_s)], host="Test 1.0", environ=self.environ)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.link.stop(30)

    def ask(self, kind, **fields):
        """Send and wait for the end; the last message."""
        return self.all(self.link.send(kind, **fields))[-1]

    def all(self, id_, timeout_s=40):
        """All messages until `id_` has ended."""
        found = self.link.wait(id_, timeout_s)
        assert found, "the worker stays silent"
        return [message for message in found if message.id == id_]

    def until(self, id_, phase):
        """Poll until the job has reached the phase, or ended; what came."""
        found = []
        while not any(one.id == id_ and (one.ends or reached(one, phase)) for one in found):
            found += self.link.poll(50, wait=True)
        return found

    def entries(self):
        """The history's entries, newest first."""
        return self.ask("history", do="list")["data"]["entries"]


def reached(message, phase):
    """True when a job is in that phase; "receiving" means the picture, not the few words that come before it."""
    return message.get("phase") == phase and (phase != "receiving" or message["share"] < 1)


def reach(phase):
    """Options that make a phase long enough to be hit: a large picture takes a moment to send."""
    return {"context_px": 2000} if phase == "sending" else {}


def layer(message):
    """The first layer's pixels (height, width, 4) and its box."""
    told = message["layers"][0]
    box = Box(*told["box"])
    return np.frombuffer(message.blobs[told["pixels"]], np.uint8).reshape(box.height, box.width, 4), box
