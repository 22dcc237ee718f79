"""A service that says whatever bytes it is told to, on a loopback port: for answers no well-behaved server gives."""

import io
import socket
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from PIL import Image

ATTACK = Path(__file__).with_name("attack")


def png(size=(1024, 1024), colour=(200, 30, 30)):
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()


PNG = png()


def http(body, status="200 OK", kind="application/json", **headers):
    """A whole answer as bytes."""
    # Each answer ends its connection, and says so: the next request must not meet one that is just closing.
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Wild:
    """Answers POSTs with `post` and GETs with `get` (bytes, or a function of the path and socket); `asked` is each head,
    `bodies` what each POST brought.

    In bytes @PORT becomes the port; @ENDLESS goes on with blanks for ever, @ENDLESS100 with interim answers; @DRIP sends
    what follows one byte every 50 ms.
    """

    def __init__(self, post, get=None):
        self.post, self.get = post, get or http(PNG, kind="image/png")
        self.asked, self.bodies = [], []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}/v1"
        self._ended = False
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self):
        self._ended = True
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def posts(self):
        return sum(head.startswith("POST") for head in self.asked)

    def _listen(self):
        with suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self._door.accept()[0],), daemon=True).start()

    def _serve(self, sock):
        with sock, suppress(OSError), sock.makefile("rb") as lines:
            head = b"".join(iter(lambda: lines.readline().strip() + b"\n", b"\n")).decode("latin-1")
            if not head.endswith("\n") or " " not in head:
                return  # whoever asked was gone before the head was whole
            self.asked.append(head)
            length = [line.partition(":")[2] for line in head.splitlines() if line.lower().startswith("content-length")]
            body = lines.read(int(length[0]) if length else 0)
            if head.startswith("POST"):
                self.bodies.append(body)
            answer = self.post if head.startswith("POST") else self.get
            self._say(sock, answer(head.split()[1], sock) if callable(answer) else answer)

    def _say(self, sock, data):
        data = (data or b"").replace(b"@PORT", b"%05d" % self.port)
        if data.strip() == b"@ENDLESS100":
            while not self._ended:
                sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        whole, endless, _ = data.partition(b"@ENDLESS")
        whole, _, drip = whole.partition(b"@DRIP")
        sock.sendall(whole)
        for byte in drip:
            sock.sendall(bytes([byte]))
            time.sleep(0.05)
        while endless and not self._ended:
            sock.sendall(b" " * (1 << 16))


@contextmanager
def wild(post, get=None):
    with closing(Wild(post, get)) as service:
        yield service


def attack(name):
    """(what a POST is answered, what a GET is answered or None) of a file of the folder `attack`."""
    post, _, get = (ATTACK / name).read_bytes().partition(b"@RESULT ")
    return post, get or None
