"""The engine as a server: clients that drip, that do not read, and many at once."""

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests
from recraft_local.patience import Connection
from recraft_local.room import Room
from recraft_local.server import Settings, serving

HEAD = b"POST /v1/images/vectorize HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer key\r\n"
KEY = {"Authorization": "Bearer key-for-tests-0123456789"}


@pytest.fixture
def short(monkeypatch):
    """Patience of a moment."""
    monkeypatch.setattr(Connection, "head_s", 0.3)
    monkeypatch.setattr(Connection, "body_s", 0.3)
    monkeypatch.setattr(Connection, "read_s", 0.3)


def open_to(engine):
    return socket.create_connection(("127.0.0.1", urlsplit(engine.base_url).port), timeout=30)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        HEAD,
        HEAD + b"Content-Length: 1000\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n5\r\n{",
        b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n1",
        b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /pi",
    ],
)
@pytest.mark.parametrize("drips", [False, True])
def test_a_request_that_does_not_come_to_its_end_is_ended(engine, short, sent, drips):
    over = threading.Event()
    with open_to(engine) as connection:
        connection.sendall(sent)

        def drip():
            while not over.wait(0.02):
                try:
                    connection.sendall(b"1")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        if drips and sent and not sent.endswith(b"{"):
            thread.start()
        said = b""
        try:
            while piece := connection.recv(4096):
                said += piece
        except ConnectionResetError:
            pass  # what dripped in after the end
        over.set()
        if thread.ident:
            thread.join()
    assert b" 500 " not in said
    assert b"408 Request Timeout" in said or b"200 OK" in said or (drips and (b" 400 " in said or said == b""))


def test_an_answer_that_is_not_read_is_given_up(engine, short, monkeypatch):
    given_up = threading.Event()
    lost = Connection.connection_lost
    monkeypatch.setattr(Connection, "connection_lost", lambda self, error: (lost(self, error), given_up.set()))
    asked = b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 400  # far more than the buffers between us hold
    with open_to(engine) as connection:
        connection.sendall(asked)
        assert given_up.wait(60), "the connection is still held"


def enhanced(engine, number):
    body = b'{"prompt": "%d foxes"%s}' % (number, b" " * 200_000)  # more than is read before there is room for it
    headers = {**KEY, "Content-Type": "application/json"}
    answer = requests.post(f"{engine.base_url}/prompts/enhance", data=body, headers=headers, timeout=300)
    return answer.status_code, answer.json()["enhanced_prompt"].split()[0]


def test_a_hundred_clients_at_once_each_get_their_own_answer(engine):
    with ThreadPoolExecutor(100) as pool:
        found = list(pool.map(lambda number: enhanced(engine, number), range(100, 200)))
    assert found == [(200, str(number)) for number in range(100, 200)]


def test_who_waits_for_room_is_not_taken_for_slow(short):
    with serving(Settings(latency_s=0.5)) as engine, ThreadPoolExecutor(3) as pool:
        engine.engine.bodies.most = 1
        found = list(pool.map(lambda number: enhanced(engine, number), range(3)))
        assert found == [(200, str(number)) for number in range(3)]
        assert engine.engine.bodies.taken == 0


def test_room_is_given_out_in_turn_and_never_twice():
    most = []

    async def one(room, amount, order, number):
        async with room.holding(amount):
            order.append(number)
            most.append(room.taken)
            await asyncio.sleep(0)

    async def all_of_them():
        room, order = Room(10), []
        calls = [asyncio.ensure_future(one(room, amount, order, number)) for number, amount in enumerate([6, 6, 1, 99, 3])]
        await asyncio.sleep(0)
        calls[1].cancel()  # it waits; who stands behind it moves up
        await asyncio.gather(*calls, return_exceptions=True)
        assert order == [0, 2, 3, 4]
        assert room.taken == 0

    asyncio.run(all_of_them())
    assert max(most) <= 10
