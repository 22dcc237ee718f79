"""The client against the real engine: what it sends, what it retries, and where the key goes."""

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import truststore
from recraft_core.api.client import Client, checked_address
from recraft_core.api.wire import Call, Made
from recraft_core.shared import errors


@pytest.fixture
def waits():
    return []


@pytest.fixture
def client(engine, key, waits):
    one = Client(key, engine.base_url, read_s=5, sleep=waits.append)
    yield one
    one.close()


ENHANCE = Call("prompts/enhance", {"prompt": "a boat"})
GENERATE = Call("generations", {"prompt": "a boat", "model": "recraftv2", "size": "1:1"})
ME = Call("users/me", {})


def asked(engine, path):
    return sum(visit.path.endswith(path) for visit in engine.requests)


def test_a_picture_comes_by_address_or_in_the_answer(client):
    linked = client.send(GENERATE)
    inline = client.send(Call("generations", {**GENERATE.values, "response_format": "b64_json", "random_seed": 1}))
    assert client.fetch(linked.pictures[0])[:4] == client.fetch(inline.pictures[0])[:4] == b"RIFF"
    assert linked.pictures[0].url
    assert not inline.pictures[0].url
    assert linked.units == GENERATE.units == 22
    assert linked.request_id


def test_progress_tells_the_phases_in_order(client):
    phases = []
    client.send(ENHANCE, progress=lambda phase, share: phases.append((phase, share)))
    names = [phase for phase, _ in phases]
    assert list(dict.fromkeys(names)) == ["sending", "working", "receiving"]
    assert all(0 <= share <= 1 for _, share in phases)


def test_too_fast_is_waited_out_with_growing_pauses_and_a_countdown(client, engine, waits):
    body = {"code": "rate_limit_exceeded", "message": "Rate limit exceeded"}
    engine.faults.add("prompts/enhance", "status", times=2, status=429, body=body)
    told = []
    assert client.send(ENHANCE, progress=lambda phase, share: told.append((phase, share))).body["prompt"]
    assert 2 < sum(waits) < 4.5
    counted = [share for phase, share in told if phase == "waiting"]
    assert len(counted) == len(waits)
    assert max(waits) <= 0.25
    assert asked(engine, "/prompts/enhance") == 3


def test_the_pause_a_service_asks_for_is_kept(client, engine, waits):
    engine.faults.add("prompts/enhance", "status", status=429, body="", headers={"Retry-After": "45"})
    assert client.send(ENHANCE).body["prompt"]
    assert sum(waits) == pytest.approx(45)
    engine.faults.add("prompts/enhance", "status", status=429, body="", headers={"Retry-After": "500"})
    with pytest.raises(errors.TooFast) as caught:
        client.send(ENHANCE)
    assert caught.value.remedy == "Try again in 8 min."
    assert caught.value.retry_after_s == 500
    assert sum(waits) == pytest.approx(45)


def test_too_fast_is_given_up_after_two_minutes(client, engine, waits):
    engine.faults.add("prompts/enhance", "status", times=0, status=429, body="slow down")
    with pytest.raises(errors.TooFast):
        client.send(ENHANCE)
    assert sum(waits) == pytest.approx(120)


def test_a_wait_can_be_stopped(client, engine, waits):
    engine.faults.add("prompts/enhance", "status", times=0, status=429, body="slow down")

    def progress(phase, share):
        if phase == "waiting" and share > 0.5:
            raise errors.Cancelled

    with pytest.raises(errors.Cancelled):
        client.send(ENHANCE, progress=progress)
    assert asked(engine, "/prompts/enhance") == 1


def test_requests_take_turns(engine, key, tmp_path):
    from recraft_core.api.pacing import Pacer

    waits = []
    clients = [Client(key, engine.base_url, pacer=Pacer(tmp_path), sleep=waits.append) for _ in range(2)]
    for number in range(6):
        clients[number % 2].send(ME)
    assert sum(waits) > 0.2


def test_a_paid_call_that_may_have_arrived_is_not_sent_twice(client, engine, waits):
    engine.faults.add("prompts/enhance", "close_after_work")
    with pytest.raises(errors.Unanswered) as caught:
        client.send(ENHANCE)
    assert caught.value.charged
    assert asked(engine, "/prompts/enhance") == 1
    assert waits == []


def test_a_paid_call_that_times_out_is_not_sent_twice(engine, key):
    engine.faults.add("prompts/enhance", "stall", seconds=3)
    with pytest.raises(errors.Unanswered):
        Client(key, engine.base_url, read_s=0.3).send(ENHANCE)
    assert asked(engine, "/prompts/enhance") == 1


def test_a_server_error_on_a_paid_call_is_told_and_not_repeated(client, engine, waits):
    engine.faults.add("prompts/enhance", "status", status=503, body="maintenance", content_type="text/plain")
    with pytest.raises(errors.Unreachable, match="maintenance"):
        client.send(ENHANCE)
    assert waits == []


def test_a_gateway_that_waited_in_vain_may_have_cost_something(client, engine, waits):
    engine.faults.add("prompts/enhance", "status", status=504, body="upstream timeout", content_type="text/plain")
    with pytest.raises(errors.Unanswered, match="504") as caught:
        client.send(ENHANCE)
    assert caught.value.charged
    assert waits == []


def test_a_request_that_was_turned_away_is_no_longer_on_its_way(client, engine):
    engine.faults.add("prompts/enhance", "status", status=429, body="slow down")
    told = []

    def progress(phase, share):
        if ("receiving", 1.0) in told:
            raise errors.Cancelled
        told.append((phase, share))

    with pytest.raises(errors.Cancelled):
        client.send(ENHANCE, progress=progress)
    assert asked(engine, "/prompts/enhance") == 1


def test_what_is_no_better_later_is_not_tried_again(key, waits):
    with listener() as (plain, _):
        client = Client(key, plain.replace("http:", "https:"), sleep=waits.append)
        with pytest.raises(errors.Unreachable, match="certificate"):
            client.send(ENHANCE)
    with pytest.raises(errors.Unreachable, match=r"SOCKS(.|\n)*recraft-canvas\[socks\]"):
        Client(key, "https://api.example/v1", proxy="socks5://127.0.0.1:9", sleep=waits.append).send(ENHANCE)
    assert waits == []


def test_behind_a_proxy_the_systems_certificates_count_too():
    sessions = Client("", proxy="http://127.0.0.1:9")._session
    pool = sessions.get_adapter("https://api.example").proxy_manager_for("http://127.0.0.1:9")
    assert isinstance(pool.connection_from_url("https://api.example").conn_kw["ssl_context"], truststore.SSLContext)


def test_a_proxy_does_not_stand_between_us_and_this_computer(engine, key):
    assert Client(key, engine.base_url, proxy="http://127.0.0.1:9").send(ME).body["credits"]


def test_reading_is_repeated_whatever_went_wrong(client, engine):
    engine.faults.add("users/me", "status", status=500, body="")
    engine.faults.add("users/me", "close_after_body")
    assert client.send(ME).body["credits"] >= 0
    answer = client.send(GENERATE)
    engine.faults.add("results", "status", status=502, body="")
    engine.faults.add("results", "reset_midway")
    assert client.fetch(answer.pictures[0])[:4] == b"RIFF"


def test_a_closed_port_is_tried_again_and_then_told(key, waits):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(errors.Unreachable, match="Nothing was charged") as caught:
        Client(key, f"http://127.0.0.1:{port}/v1", sleep=waits.append).send(ENHANCE)
    assert type(caught.value) is errors.Unreachable
    assert len(waits) == 3


def test_a_result_that_has_expired_says_so(client, engine):
    engine.faults.add("generations", "expired_url")
    answer = client.send(GENERATE)
    with pytest.raises(errors.Refused, match="no longer has"):
        client.fetch(answer.pictures[0])


def test_an_endless_answer_is_cut(client, engine):
    engine.faults.add("prompts/enhance", "huge", bytes=170 << 20)
    with pytest.raises(errors.BadAnswer, match="larger than 160 MB"):
        client.send(ENHANCE)


def test_a_sign_in_page_is_no_answer(client, engine):
    engine.faults.add("prompts/enhance", "html")
    with pytest.raises(errors.BadAnswer, match="not JSON"):
        client.send(ENHANCE)


@contextmanager
def listener(answer=b"\x89PNG\r\n\x1a\n", status=200):
    """Another host that writes down the headers it is sent."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET  # noqa: N815 - the name http.server looks for

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_key_does_not_follow_a_redirect(client, engine):
    with listener() as (elsewhere, seen):
        engine.faults.add("prompts/enhance", "redirect", to=elsewhere)
        with pytest.raises(errors.BadAnswer, match=r"the key is sent to 127\.0\.0\.1 only"):
            client.send(ENHANCE)
        assert seen == []


def test_the_key_does_not_go_to_a_results_address(client):
    with listener() as (elsewhere, seen):
        assert client.fetch(Made("id", elsewhere)) == b"\x89PNG\r\n\x1a\n"
    assert len(seen) == 1
    assert "authorization" not in seen[0]


def test_the_key_does_not_follow_a_redirected_result(client, engine):
    answer = client.send(GENERATE)
    with listener() as (elsewhere, seen):
        engine.faults.add("results", "redirect", to=elsewhere)
        client.fetch(answer.pictures[0])
    assert [("authorization" in headers) for headers in seen] == [False]


@pytest.mark.parametrize(
    "url",
    ["http://example.com/x", "file:///etc/passwd", "ftp://127.0.0.1/x", "", "//x", "https://", "https://[",
     "https://x:99999/x", f"https://{'a' * 64}.example/x"],
)  # fmt: skip
def test_results_are_only_fetched_from_safe_addresses(client, url):
    with pytest.raises(errors.BadAnswer, match="not safe"):
        client.fetch(Made("id", url))


@pytest.mark.parametrize(
    "url",
    ["http://example.com/v1", "example.com", "ftp://x/v1", "", "https://", "https://[", "https://x:99999/v1",
     "https://a b/v1", "https://name:word@x/v1", "https://x/v1?a=1", f"https://{'a' * 64}.example/v1"],
)  # fmt: skip
def test_a_base_url_that_would_show_the_key_is_refused(url):
    with pytest.raises(errors.BadOption, match="Use https"):
        checked_address(url)


def test_the_key_goes_to_the_host_however_it_is_spelled(engine, key):
    spelled = engine.base_url.replace("127.0.0.1", "LocalHost")
    assert Client(key, spelled).send(ME).body["credits"]


def test_a_base_url_loses_its_last_slash():
    assert checked_address(" https://external.api.recraft.ai/v1/ ") == "https://external.api.recraft.ai/v1"


def test_no_key_is_refused_by_the_service_itself(engine):
    with pytest.raises(errors.KeyTrouble, match="request unauthorized"):
        Client("", engine.base_url).send(ME)
