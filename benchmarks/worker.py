"""How long a plugin waits for its worker: until it is ready, and while 64 MB of pixels go there and come back.

    python benchmarks/worker.py

The floor is the same 64 MB through a plain loopback socket that sends and receives as fast as it can. `timer` polls as
Krita does, 8 ms of every 20. "hold to" is what the project promises itself; a row beyond it makes the exit code 1.
"""

from __future__ import annotations

import os
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from recraft_core.shared.protocol import Message
from recraft_core.shared.worker_client import PluginLink
from recraft_core.worker import main as worker

MEGABYTES = 64
ROUNDS = 7


def echo() -> int:
    """The worker's own wire, which sends back whatever `run` brings."""
    greeting = worker._greeting(sys.stdin.buffer)  # noqa: SLF001 - the greeting is the worker's own affair
    wire = worker.Wire(greeting["port"])
    worker._meet(wire, greeting["token"], greeting["proof"])  # noqa: SLF001
    while (found := wire.receive(60)) is not None:
        for message in found:
            wire.post(Message("answer", message.id, {"data": {}}, message.blobs))
    return 0


def link_to(*command: str) -> PluginLink:
    home = tempfile.mkdtemp(prefix="recraft-bench-")
    return PluginLink([sys.executable, *command], host="Benchmark", environ={**os.environ, "RECRAFT_HOME": home})


def ready() -> float:
    """From nothing to `ready`."""
    link = link_to("-m", "recraft_core", "worker")
    start = time.perf_counter()
    link.start()
    while link.state != "ready":
        link.poll(20, wait=True)
    took = time.perf_counter() - start
    link.stop(10)
    return took


def first_answer() -> float:
    """From nothing to the first answer: numpy, Pillow and requests are loaded by then."""
    link = link_to("-m", "recraft_core", "worker")
    start = time.perf_counter()
    link.wait(link.send("settings", do="get"), 30)
    took = time.perf_counter() - start
    link.stop(10)
    return took


def crossing(link: PluginLink, pixels: bytes, *, timer: bool) -> float:
    """64 MB there and back."""
    start = time.perf_counter()
    id_ = link.send("run", operation="echo", options={}, parts=["pixels"], blobs=[pixels])
    found: list[Message] = []
    while not any(message.id == id_ and message.ends for message in found):
        found += link.poll(8) if timer else link.poll(50, wait=True)
        if timer:
            time.sleep(0.012)
    took = time.perf_counter() - start
    assert bytes(found[-1].blobs[0][-64:]) == pixels[-64:]
    return took


def floor(pixels: bytes) -> float:
    """Both ways through a bare socket within one process."""
    door = socket.create_server(("127.0.0.1", 0))

    def mirror() -> None:
        near, _ = door.accept()
        got = bytearray(len(pixels))
        fill(near, got)
        near.sendall(got)
        near.close()

    thread = threading.Thread(target=mirror)
    thread.start()
    start = time.perf_counter()
    with socket.create_connection(door.getsockname()) as far:
        far.sendall(pixels)
        fill(far, bytearray(len(pixels)))
    thread.join()
    door.close()
    return time.perf_counter() - start


def fill(sock: socket.socket, into: bytearray) -> None:
    view, done = memoryview(into), 0
    while done < len(view):
        done += sock.recv_into(view[done:])


def row(name: str, measure: Callable[[], float], rounds: int, hold_to_s: float) -> bool:
    times = [measure() for _ in range(rounds)]
    median = statistics.median(times)
    print(f"{name:<44} {median * 1000:8.0f} ms   (best {min(times) * 1000:.0f})   hold to {hold_to_s * 1000:.0f} ms")
    return median <= hold_to_s


def main() -> int:
    pixels = os.urandom(1 << 20) * MEGABYTES
    link = link_to(str(Path(__file__).resolve()), "echo")
    crossing(link, pixels, timer=False)
    held = [
        row("worker ready", ready, 3, 1.0),
        row("worker's first answer", first_answer, 3, 2.0),
        row(f"{MEGABYTES} MB there and back, plain sockets", lambda: floor(pixels), ROUNDS, 1.0),
        row(f"{MEGABYTES} MB there and back, waiting", lambda: crossing(link, pixels, timer=False), ROUNDS, 0.5),
        row(f"{MEGABYTES} MB there and back, timer", lambda: crossing(link, pixels, timer=True), ROUNDS, 1.0),
    ]
    link.stop(10)
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(echo() if sys.argv[1:] == ["echo"] else main())
