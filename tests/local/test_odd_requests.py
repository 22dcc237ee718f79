"""Odd requests as bytes on the wire: each gets an answer below 500, or is hung up on; none harms the next."""

import socket
from urllib.parse import urlsplit

import pytest
import requests

HOST = b"Host: 127.0.0.1\r\nAuthorization: Bearer key-for-tests-0123456789\r\nConnection: close\r\n"
JSON = b"Content-Type: application/json\r\n"
FORM = b'Content-Type: multipart/form-data; boundary="b"%s\r\n'
PART = b'--b\r\nContent-Disposition: form-data; name="prompt"%s\r\n\r\n%s\r\n--b--\r\n'
GENERATE = b"POST /v1/images/generations HTTP/1.1\r\n" + HOST
ERASE = b"POST /v1/images/eraseRegion HTTP/1.1\r\n" + HOST


def with_body(head, body):
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


METHODS = b"GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT PROPFIND get FOO M-SEARCH *".split()
PATHS = (
    b"/ /v1 /v1/ /v1// //v1/images/generations /v1/images/generations/ /v1/../v1/users/me /v1/%2e%2e/users/me /%ff /%00 "
    b"/v1/styles/%2F /v1/styles/%F0%9F%98%80 /v1/styles/%C3%28 /results/a/b /results/%ff/%fe /results/../../etc/passwd "
    b"/v1/users/me?x=%ff /v1/users/me?=&&= /_control/faults /_engine/lease /_engine/stop * http://127.0.0.1/ping "
    b"http://elsewhere.example/ping /openapi.json?a=1 /docs/x /v1/models;a=b"
).split()  # fmt: skip
BODIES = (
    *rb"""
{"prompt": "a", "prompt": "b"}
[]
null
1
"a"
{}
{"prompt": null}
{"prompt": []}
{"prompt": {"a": 1}}
{"prompt": "\ud800"}
{"prompt": "\u0000"}
{"prompt": 1e999}
{"prompt": NaN}
{"prompt": "a", "n": 1e400}
{"prompt": "a", "n": 99999999999999999999999}
{"prompt": "a", "n": true}
{"prompt": "a", "size": "1e9x1"}
{"prompt": "a", "size": [1, 2]}
{"prompt": "a", "model": {}}
{"prompt": "a", "style": []}
{"prompt": "a", "style_id": 7}
{"prompt": "a", "controls": []}
{"prompt": "a", "controls": {"colors": 1}}
{"prompt": "a", "controls": {"colors": [{"rgb": [1, 2]}]}}
{"prompt": "a", "controls": {"background_color": {"rgb": "red"}}}
{"prompt": "a", "random_seed": -1}
{"prompt": "a", "text_layout": {}}
{"prompt": "a", "text_layout": [{"text": "", "bbox": []}]}
{"prompt": "a", "text_layout": [{"text": "A", "bbox": [[0, 0], [1e308, 0], [1, 1], [0, 1]]}]}
{"prompt": "a", "response_format": 7}
""".strip().splitlines(),
    b"", b"\xff\xfe{\x00", b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"a":' * 50_000, b'{"prompt":"' + b"a" * 100_000 + b'"}',
    b"9" * 10_000,
)  # fmt: skip
CASES = {
    **{f"method {one!r}": one + b" /v1/images/generations HTTP/1.1\r\n" + HOST + b"\r\n" for one in METHODS},
    **{f"path {one!r}": b"GET " + one + b" HTTP/1.1\r\n" + HOST + b"\r\n" for one in PATHS},
    **{f"post {one!r}": with_body(b"POST " + one + b" HTTP/1.1\r\n" + HOST + JSON, b"{}") for one in PATHS},
    **{f"body {number}": with_body(GENERATE + JSON, one) for number, one in enumerate(BODIES)},
    **{
        f"encoding {one!r}": with_body(GENERATE + JSON + b"Content-Encoding: " + one + b"\r\n", b"\x1f\x8b\x08{")
        for one in (b"gzip", b"deflate", b"br", b"nonsense", b"\xff")
    },
    **{
        f"charset {one!r}": with_body(ERASE + FORM % (b"; charset=" + one), PART % (b"", b"\xffA\x80"))
        for one in b"utf-8 utf-16 latin-1 hex rot13 idna undefined unicode_escape none 7 utf-7".split()
    },
    **{
        f"part {number}": with_body(ERASE + FORM % b"", PART % (one, b"x"))
        for number, one in enumerate((b"", b'; filename=""', b'; filename="\xff"', b"; filename*=utf-8''%ff", b'; name="again"', b"\r\nContent-Type: \xff/\xfe", b"\r\nContent-Transfer-Encoding: base64"))
    },
    **{
        f"form {number}": with_body(ERASE + FORM % b"", one)
        for number, one in enumerate((b"", b"--b", b"--b--", b"--b--\r\n", b"--b\r\n\r\n--b--", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", b"--b\r\n" * 3000))
    },
    "no type": with_body(GENERATE, b"{}"),
    "a type without a boundary": with_body(GENERATE + b"Content-Type: multipart/form-data\r\n", b"--b--"),
    "a long boundary": with_body(GENERATE + b"Content-Type: multipart/form-data; boundary=" + b"b" * 9000 + b"\r\n", b"--b--"),
    "chunks of nothing": GENERATE + JSON + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "no chunks": GENERATE + JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "both lengths": GENERATE + JSON + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "a negative length": GENERATE + JSON + b"Content-Length: -1\r\n\r\n",
    "a length of many digits": GENERATE + JSON + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "two lengths": GENERATE + JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "continue": GENERATE + JSON + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    "expects something else": GENERATE + JSON + b"Expect: a miracle\r\nContent-Length: 2\r\n\r\n{}",
    "upgrade": b"GET /v1/users/me HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + HOST[:70] + b"\r\n",
    "h2c": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "http 0.9": b"GET /ping\r\n",
    "http 1.0": b"GET /ping HTTP/1.0\r\n\r\n",
    "http 3": b"GET /ping HTTP/3.0\r\n\r\n",
    "no host": b"GET /v1/users/me HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": b"GET /ping HTTP/1.1\r\nHost: a\r\n" + HOST + b"\r\n",
    "headers without end": b"GET /ping HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 20_000 + b"\r\n",
    "a long header": b"GET /ping HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    "a long path": b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header of bytes": b"GET /ping HTTP/1.1\r\n" + HOST + b"X-\xff: \x80\r\n\r\n",
    "an authorization of bytes": b"GET /v1/users/me HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
    "tls": bytes.fromhex("1603010200010001fc0303") + bytes(200),
    "nothing but ends": b"\r\n" * 50 + b"GET /ping HTTP/1.1\r\n" + HOST + b"\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_odd_request_is_answered_below_500(engine, name):
    with socket.create_connection(("127.0.0.1", urlsplit(engine.base_url).port), timeout=30) as connection:
        said = b""
        try:
            connection.sendall(CASES[name])
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                said += piece
        except (ConnectionResetError, BrokenPipeError):
            pass  # it had heard enough
    if said:
        status = int(said.split(b" ", 2)[1])
        assert 100 <= status < 500, said[:300]
    assert requests.get(engine.base_url.replace("/v1", "/ping"), timeout=30).status_code == 200
