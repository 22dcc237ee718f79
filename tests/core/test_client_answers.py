"""The client and answers byte for byte: what of them is paid for and handed on, how long it waits, where it stops."""

import pytest
from recraft_core.api import client as module
from recraft_core.api.client import Client
from recraft_core.api.pacing import pause_after
from recraft_core.api.wire import Call, Made, Raw
from recraft_core.shared import errors
from wild import PNG, http, wild

KEY = "key-for-tests-0123456789"
ENHANCE = Call("prompts/enhance", {"prompt": "a boat"})
GENERATE = Call("generations", {"prompt": "a boat", "model": "recraftv2", "size": "1:1", "n": 2})
ME = Call("users/me", {})
WORDS = b'{"enhanced_prompt": "more"}'


def told(post, call=ENHANCE, key=KEY, **more):
    """What comes of one call that is answered so: the answer or the error, what was handed on of it, the phases."""
    raws, phases = [], []
    with wild(post, post) as service:
        one = Client(key, service.base_url, read_s=5, sleep=lambda _: None, **more)
        try:
            end = one.send(call, received=raws.append, progress=lambda *phase: phases.append(phase))
        except errors.RecraftError as error:
            end = error
        one.close()
    return end, raws, phases


@pytest.mark.parametrize(("status", "handed"), [("200 OK", 1), ("299 Fine", 1), ("300 Choose", 0), ("400 No", 0), ("500 Oh", 0)])
def test_what_is_paid_for_is_handed_on_as_it_came_and_nothing_else_is(status, handed):
    answer = http(WORDS, status)
    assert told(answer)[1] == [Raw(int(status[:3]), dict_of(answer), WORDS)] * handed
    assert told(http(b'{"credits": 3}', status), ME)[1] == []


def dict_of(answer):
    lines = answer.decode().partition("\r\n\r\n")[0].splitlines()[1:]
    return {name.lower(): value for name, value in (line.split(": ") for line in lines)}


@pytest.mark.parametrize(
    ("status", "kind"), [("200 OK", errors.Unanswered), ("299 Fine", errors.Unanswered), ("300 Choose", errors.Refused)]
)
def test_an_answer_that_broke_off_is_told_as_that_and_a_refusal_as_what_it_says(status, kind):
    whole = http(b'{"code": "invalid", "message": "no such boat"', status)
    end, raws, _ = told(whole.replace(b"Content-Length: 45", b"Content-Length: 4500"))
    assert type(end) is kind
    assert [raw.whole for raw in raws] == [False] * (kind is errors.Unanswered)


def test_a_long_refusal_is_read_as_far_as_it_matters():
    end, _, _ = told(http(b"no such boat" + b" " * 200_000, "400 Bad Request", "text/plain"))
    assert (type(end), end.status) == (errors.Refused, 400)
    assert "no such boat" in end.what


def test_how_much_of_an_answer_has_come_is_told_where_its_length_is_known():
    known, unknown = http(WORDS), http(WORDS).replace(b"Content-Length: 27\r\n", b"")
    assert ("receiving", 1.0) in told(known)[2]
    end, _, phases = told(unknown)
    assert end.body == {"prompt": "more"}
    assert {share for phase, share in phases if phase == "receiving"} == {0.0}


def test_what_this_computer_does_costs_nothing_whatever_becomes_of_it():
    end, _, _ = told(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{", key="offline", free=True)
    assert (type(end), end.charged) == (errors.Unreachable, False)
    assert "free: try again" in end.remedy
    end, raws, _ = told(http(WORDS), key="offline", free=True)
    assert (end.body, len(raws)) == ({"prompt": "more"}, 1)


def test_the_pool_that_pays_is_named_where_something_is_paid_or_counted():
    with wild(http(WORDS), http(b'{"credits": 3, "data": []}')) as service:
        one = Client(KEY, service.base_url, billing="subscription")
        for call in (ENHANCE, ME, Call("models/list", {})):
            one.send(call)
        one.close()
    assert [head.split()[1] for head in service.asked] == [
        "/v1/prompts/enhance?billing=subscription", "/v1/users/me?billing=subscription", "/v1/models",
    ]  # fmt: skip


def test_a_result_too_large_is_no_picture_but_paid_for(monkeypatch):
    large = PNG + bytes(100_000)
    monkeypatch.setattr(module, "MAX_PICTURE_BYTES", len(large) - 1)
    with wild(b"", http(large, kind="image/png")) as service:
        one = Client(KEY, service.base_url)
        with pytest.raises(errors.BadAnswer, match="larger than") as caught:
            one.fetch(Made("a", f"http://127.0.0.1:{service.port}/a"))
        assert caught.value.charged
        monkeypatch.setattr(module, "MAX_PICTURE_BYTES", len(large))
        assert one.fetch(Made("a", f"http://127.0.0.1:{service.port}/a")) == large
        one.close()


def test_a_result_not_there_yet_is_asked_for_once_more_after_a_moment():
    waits = []
    gone = [http(b"", "404 Not Found")]
    with wild(b"", lambda *_: gone.pop() if gone else http(PNG, kind="image/png")) as service:
        one = Client(KEY, service.base_url, sleep=waits.append)
        assert one.fetch(Made("a", f"http://127.0.0.1:{service.port}/a")) == PNG
        one.close()
    assert len(waits) == 1
    assert 0 < waits[0] < 10


@pytest.mark.parametrize(("location", "named"), [("https://login.example/x", "login.example"), ("nowhere", "another address")])
def test_where_a_service_would_send_the_key_is_named(location, named):
    end, raws, _ = told(http(b"", "302 Found", Location=location))
    assert (type(end), end.status, raws) == (errors.BadAnswer, 302, [])
    assert f"to {named}, but the key is sent to 127.0.0.1 only" in end.what


def test_an_address_that_leads_in_circles_is_left_soon():
    with wild(b"", http(b"", "302 Found", Location="/a")) as service:
        one = Client(KEY, service.base_url)
        with pytest.raises(errors.BadAnswer, match="redirects in a loop") as caught:
            one.fetch(Made("a", f"http://127.0.0.1:{service.port}/a"))
        one.close()
    assert caught.value.charged
    assert len(service.asked) == 4


def test_of_an_address_that_is_not_opened_no_more_is_shown_than_a_line_holds():
    url = f"http://img.example/{'x' * 200}"
    with pytest.raises(errors.BadAnswer, match="not safe") as caught:
        Client(KEY).fetch(Made("a", url))
    assert caught.value.what.endswith(url[:80])


@pytest.mark.parametrize("spelled", ["key/for+tests-0123456789", "key%2Ffor%2Btests-0123456789"])
def test_an_address_with_the_key_in_it_is_not_opened(spelled):
    with pytest.raises(errors.BadAnswer, match="not safe") as caught:
        Client("key/for+tests-0123456789").fetch(Made("a", f"https://img.example/?k={spelled}"))
    assert caught.value.charged
    assert spelled not in str(caught.value)


class Turns:
    """Gives every request its turn at once and writes down what is told."""

    def __init__(self):
        self.told = []

    def take(self, pictures=0):
        self.told.append(("take", pictures))
        return 0.0

    def hold(self, seconds, pictures=0):
        self.told.append(("hold", seconds, pictures))


def test_a_pause_holds_all_who_ask_and_gives_the_pictures_back(engine, key):
    turns = Turns()
    engine.faults.add("generations", "status", status=429, body="", headers={"Retry-After": "7"})
    one = Client(key, engine.base_url, pacer=turns, sleep=lambda _: None)
    one.send(GENERATE)
    one.close()
    assert turns.told == [("take", 2), ("hold", 7.0, 2), ("take", 2)]


@pytest.mark.parametrize(("attempt", "usual"), [(1, 1), (2, 2), (3, 4), (4, 8)])
def test_pauses_double_and_two_who_wait_do_not_come_back_at_once(attempt, usual):
    pauses = [pause_after(attempt) for _ in range(300)]
    assert usual * 0.75 <= min(pauses) < max(pauses) <= usual * 1.25
    assert max(pause_after(9) for _ in range(30)) <= 37.5


def test_steps_that_end_late_do_not_make_a_long_wait_longer(monkeypatch, engine, key):
    now, waits = [100.0], []

    def late(seconds):
        waits.append(seconds)
        now[0] += seconds + 0.25

    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    one = Client(key, engine.base_url, sleep=late)
    one._wait(10.0, lambda _phase, _share: None)
    assert 10.0 <= now[0] - 100 <= 10.5


def test_what_was_borrowed_is_let_go_of(engine, key):
    class Lease:
        closed = 0

        def close(self):
            self.closed += 1

    lease = Lease()
    Client(key, engine.base_url, lease=lease).close()
    assert lease.closed == 1
