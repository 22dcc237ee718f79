"""Answers as services, gateways and libraries do give them, though ours is not known to: what is paid for is had."""

import base64
import gzip
import json
import os
import zlib
from contextlib import closing
from io import BytesIO

import pytest
from PIL import Image
from recraft_core.api.answers import Asked, read
from recraft_core.api.client import Client
from recraft_core.api.results import has_end, onwards, spelled
from recraft_core.api.wire import Call, Made
from recraft_core.history import History, Record
from recraft_core.shared import errors
from wild import PNG, http, wild

KEY = "key-for-tests-0123456789"
GENERATE = Call("generations", {"prompt": "a boat", "model": "recraftv2", "size": "1:1", "n": 1})
BODY = json.dumps({"credits": 22, "data": [{"image_id": "a", "url": "https://x/a"}]}).encode()
BYTES = b"\xfb\xff\xbf" + PNG  # in the two alphabets of base64 these begin otherwise
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def told(answer):
    with wild(answer) as service:
        client = Client(KEY, service.base_url, read_s=5, sleep=lambda _: None)
        try:
            return client.send(GENERATE)
        finally:
            client.close()


def packed(body, encoding):
    return http(body, Content_Encoding=encoding)


def bare(body):
    return zlib.compress(body)[2:-4]


@pytest.mark.parametrize(
    "answer",
    [
        packed(gzip.compress(BODY[:20]) + gzip.compress(BODY[20:]), "gzip"),
        packed(zlib.compress(BODY), "deflate"),
        packed(bare(BODY), "deflate"),
        packed(BODY, "gzip"),
        packed(BODY, "deflate"),
        packed(b" " + BODY, "deflate"),
        packed(b"\r\n\t" + BODY, "deflate"),
        packed(b"\n" + BODY, "deflate"),
        packed(b"\xef\xbb\xbf" + BODY, "deflate"),
        packed(gzip.compress(BODY), "identity"),
        packed(gzip.compress(BODY), "GZIP"),
        packed(gzip.compress(BODY + os.urandom(4000).hex().encode())[:-400], "gzip"),
    ],
    ids=["two parts", "deflate", "bare deflate", "not gzip", "not deflate", "blank", "lines", "line", "mark", "undeclared", "capitals", "cut short"],
)
def test_how_an_answer_is_packed_is_seen_from_its_bytes(answer):
    assert (told(answer).units, [one.url for one in told(answer).pictures]) == (22, ["https://x/a"])


def test_of_packed_parts_without_end_no_more_are_taken_than_an_answer_has():
    with pytest.raises(errors.Unanswered, match="in full"):
        told(packed(gzip.compress(b"") * 60_000, "gzip"))


TIFF = b"II*\0" + PNG


@pytest.mark.parametrize(
    ("content", "fetched"),
    [
        (packed(TIFF, "deflate"), TIFF),
        (packed(gzip.compress(PNG), "gzip"), PNG),
        (packed(zlib.compress(PNG), "deflate"), PNG),
        (packed(gzip.compress(PNG)[:-8], "gzip"), PNG),
        (packed(zlib.compress(PNG)[:-4], "deflate"), PNG),
        (packed(gzip.compress(PNG)[:-12], "gzip"), None),
        (packed(zlib.compress(PNG)[:-12], "deflate"), None),
        (packed(b"".join(gzip.compress(PNG[at : at + 40]) for at in range(0, len(PNG), 40)), "gzip"), None),
    ],
    ids=["not packed", "gzip", "deflate", "gzip without its end", "deflate without its end", "gzip cut", "deflate cut", "too many parts"],
)
def test_a_packed_result_is_whole_or_none(content, fetched):
    assert len(PNG) > 40 * 65
    with wild(b"", content) as service:
        client = Client(KEY, service.base_url, read_s=5, sleep=lambda _: None)
        try:
            assert client.fetch(Made("a", f"http://127.0.0.1:{service.port}/a")) == fetched
        except errors.Unreachable as trouble:
            assert fetched is None
            assert trouble.charged  # noqa: PT017
        finally:
            client.close()


@pytest.mark.parametrize(
    ("body", "says"),
    [(b"", "but its answer is empty"), (b" \n", "is empty"), (b"{", "not JSON but begins “{”"), (b"\0\0", r"is not JSON\. ")],
)
def test_an_answer_of_next_to_nothing_is_told_as_such(body, says):
    with pytest.raises(errors.BadAnswer, match=says):
        told(http(body))


@pytest.mark.parametrize("pieces", [1, 3])
def test_chunks_that_broke_off_give_what_came(pieces):
    step = -(-len(BODY) // pieces)
    parts = [BODY[at : at + step] for at in range(0, len(BODY), step)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts[:-1])
    chunks += b"%x\r\n%s" % (len(parts[-1]) + 40, parts[-1])
    answer = told(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks)
    assert (answer.units, answer.pictures[0].image_id) == (22, "a")


# --- what it holds ---------------------------------------------------------------------------------------------------


def pictures(*items):
    return read(Asked("images", 22), json.dumps({"credits": 22, "data": items}).encode()).pictures


ONE = base64.b64encode(BYTES).decode()


@pytest.mark.parametrize(
    "spelled",
    [
        ONE,
        ONE.rstrip("="),
        base64.urlsafe_b64encode(BYTES).decode(),
        base64.urlsafe_b64encode(BYTES).decode().rstrip("="),
        "\r\n".join(ONE[at : at + 76] for at in range(0, len(ONE), 76)) + "\n",
        f"  data:image/png;base64,{ONE}",
        f"data:image/png;charset=utf-8;BASE64,{ONE.replace('+', '%2B').replace('=', '%3D')}",
    ],
    ids=["plain", "no padding", "of addresses", "of addresses, no padding", "lines", "data address", "in percents"],
)
def test_base64_however_it_is_spelled(spelled):
    assert base64.urlsafe_b64encode(BYTES).decode() != ONE
    assert pictures({"b64_json": spelled})[0].data == BYTES
    if "data:" in spelled:
        assert pictures({"url": spelled})[0].data == BYTES


@pytest.mark.parametrize(
    "url", ["data:image/svg+xml;utf8,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E", f"data:image/svg+xml,{SVG.decode()}"]
)
def test_a_data_address_without_base64(url):
    assert pictures({"url": url})[0].data == SVG


@pytest.mark.parametrize("spelled", ["!!!!", "<svg/>", "A", [ONE], 5, "", "data:,", "data:image/png;base64,"])
def test_what_is_no_base64_is_no_picture(spelled):
    assert pictures({"b64_json": spelled})[0].trouble


def test_pictures_without_an_object_around_them():
    assert [one.url for one in pictures("https://x/a", {"url": "https://x/b"})] == ["https://x/a", "https://x/b"]
    alone = read(Asked("images", 22), json.dumps([{"url": "https://x/a"}]).encode())
    assert (alone.units, alone.about, alone.pictures[0].url) == (22, True, "https://x/a")
    assert pictures("no address")[0].trouble


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_json_in_any_of_its_encodings(encoding):
    assert read(Asked("images", 1), BODY.decode().encode(encoding)).units == 22


def test_a_refusal_with_status_200_is_told_in_its_words():
    with pytest.raises(errors.BadAnswer, match="balance is empty"):
        told(http(b'{"code": "insufficient_balance", "message": "the balance is empty"}'))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"error": {"message": "No credits"}, "data": []}, "says: “No credits”"),
        ({"message": "No credits", "data": []}, "says: “No credits”"),
        ({"code": "quota_exceeded", "data": [None]}, "says: “quota_exceeded”"),
        (["quota_exceeded"], "says: “quota_exceeded”"),
        ({"code": "quota_exceeded", "message": "no credits"}, "says: “no credits .quota_exceeded.”"),
        ({"code": "quota_exceeded", "n": "@"}, "says: “quota_exceeded”"),
    ],
    ids=["empty list", "words alone", "nothing in the list", "list", "no list", "long number"],
)
def test_a_refusal_with_status_200_and_a_list_is_told_in_its_words_too(data, words, encoding):
    body = json.dumps(data).replace('"@"', "1" * 5000).encode(encoding)
    with pytest.raises(errors.BadAnswer, match=words) as caught:
        read(Asked("images", 40), body)
    assert caught.value.charged


@pytest.mark.parametrize("beside", [{"error": None}, {"error": "one was hidden"}, {"code": 200, "message": "ok"}])
def test_an_answer_with_a_picture_is_no_refusal_whatever_it_says_beside(beside):
    answer = read(Asked("images", 40), json.dumps({**beside, "data": [None, {"url": "https://x/a"}]}).encode())
    assert [one.url for one in answer.pictures] == ["", "https://x/a"]


def test_a_list_that_says_nothing_is_an_answer_without_pictures():
    assert not read(Asked("images", 40), b'{"created": 1, "credits": 40, "data": []}').pictures
    assert pictures({"image_id": "a"}, None)[0].trouble


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://127.0.0.1:@PORT/r/ü b.png?x=ä", "/r/%C3%BC%20b.png?x=%C3%A4"),
        ("http://127.0.0.1:@PORT/r/a%20b.png", "/r/a%20b.png"),
        ("http://127.0.0.1:@PORT/r/\ud800.png", "/r/%ED%A0%80.png"),
        ("//127.0.0.1:@PORT/r/a.png", "/r/a.png"),
        ("/r/a.png", "/r/a.png"),
        ("http://127.0.0.1:@PORT/x/rs:fit:1:1:0/raw:1/plain/abs://external/images/a", "/x/rs:fit:1:1:0/raw:1/plain/abs://external/images/a"),
    ],
)  # fmt: skip
def test_the_address_of_a_result_however_it_is_spelled(url, asked):
    with wild(b"") as service:
        client = Client(KEY, service.base_url, read_s=5, sleep=lambda _: None)
        assert client.fetch(Made("a", url.replace("@PORT", str(service.port)))) == PNG
        client.close()
        assert service.asked[0].split()[1] == asked
        assert KEY not in service.asked[0]


def test_an_address_with_half_a_character_is_the_same_after_the_history_was_read_anew(tmp_path):
    with closing(History(tmp_path)) as history:
        entry = history.begin(Record("erase", "eraseRegion", {"prompt": "x"}, units=2))
        history.answered(entry, [("a", "https://x.example/r/\ud800.png"), ("b", "https://x.example/b.png")], 2)
    with closing(History(tmp_path)) as history:
        kept = [picture.url for picture in history.get(entry.id).pictures]
    assert kept == ["https://x.example/r/%ED%A0%80.png", "https://x.example/b.png"]


def picture_bytes():
    image, out = Image.new("RGB", (9, 8), "red"), {}
    for kind in ("PNG", "JPEG", "WEBP"):
        held = BytesIO()
        image.save(held, kind)
        out[kind] = held.getvalue()
    return {**out, "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"/>' + b"<!-- -->" + b"</svg>\n", "SVG2": b"<svg><g/></svg>\n"}


@pytest.mark.parametrize(("kind", "data"), picture_bytes().items())
def test_where_a_picture_ends(kind, data):
    assert has_end(data)
    assert not has_end(data[:-5])


@pytest.mark.parametrize(
    "content",
    [http(PNG, kind="text/html"), http(PNG, "203 Changed", kind="image/png"), http(PNG, "206 Partial Content")],
    ids=["called a page", "203", "206"],
)
def test_a_whole_picture_is_one_whatever_is_said_of_it(content):
    with wild(b"", content) as service, closing(Client(KEY, service.base_url, read_s=5, sleep=lambda _: None)) as client:
        assert client.fetch(Made("a", f"http://127.0.0.1:{service.port}/a")) == PNG


@pytest.mark.parametrize(
    "content",
    [http(b"", kind="image/png"), http(PNG[:900], "206 Partial Content"), http(PNG, "500 No")],
    ids=["nothing", "a part", "500"],
)
def test_what_is_no_picture_yet_is_fetched_again_and_not_paid_again(content):
    with wild(b"", content) as service, closing(Client(KEY, service.base_url, read_s=5, sleep=lambda _: None)) as client:
        with pytest.raises(errors.Unreachable) as caught:
            client.fetch(Made("a", f"http://127.0.0.1:{service.port}/a"))
        assert (caught.value.charged, "fetch it again" in caught.value.remedy) == (True, True)


def test_the_host_of_a_result_is_not_written_in_percents():
    base = "https://external.api.recraft.ai/v1"
    assert spelled("https://b\xfccher.example/\xfc.png?x=\xe4#\xf6", base) == "https://b\xfccher.example/%C3%BC.png?x=%C3%A4#%C3%B6"
    assert onwards("https://a.example/r", "//b\xfccher.example/ \xfc") == "https://b\xfccher.example/%20%C3%BC"


@pytest.mark.parametrize("host", ["\ud800.example", "a b.example", "["])
def test_a_host_there_cannot_be_costs_that_result_alone(host):
    with pytest.raises(errors.BadAnswer, match="not safe"):
        Client(KEY).fetch(Made("a", f"https://{host}/\xfc.png"))


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_redirect_with_umlauts_leads_where_it_says(encoding):
    sent_on = [http(b"", "302 Found", Location="/@").replace(b"@", "\xfc b".encode(encoding))]
    with wild(b"", lambda *_: sent_on.pop() if sent_on else http(PNG, kind="image/png")) as service:
        client = Client(KEY, service.base_url, read_s=5, sleep=lambda _: None)
        assert client.fetch(Made("a", f"http://127.0.0.1:{service.port}/a")) == PNG
        client.close()
    assert service.asked[1].split()[1] == "/%C3%BC%20b"
