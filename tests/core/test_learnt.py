"""Prices that answers teach, models that the service names, and identifiers that nobody knows."""

import base64
import io
import json
import os
import time

import pytest
from PIL import Image
from recraft_core import Studio, cli, learnt, paths
from recraft_core.api.answers import Asked, read
from recraft_core.api.service import Connection, models
from recraft_core.shared.contract import ENDPOINTS
from recraft_core.shared.contract import learnt as known
from recraft_core.shared.errors import BadOption, Exit, OutOfUnits, Unreachable
from recraft_core.shared.geometry import Box, Size
from recraft_core.shared.plan import Ask, plan
from recraft_core.shared.plugin import requests as plugin_requests
from recraft_core.shared.protocol import Message
from wild import PNG, http, wild

KEY = "key-for-tests-0123456789"
NEWER = {"id": "recraftv5", "name": "Recraft V5", "created": 1, "input_modalities": ["text"],
         "output_modalities": ["image"], "pricing": {"image": "0.06"}}  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A history of its own, and nothing learnt before or after."""
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECRAFT_API_TOKEN", KEY)
    monkeypatch.chdir(tmp_path)
    Image.open(io.BytesIO(PNG)).resize((300, 300)).save("small.png")
    known.use({}, {})
    yield tmp_path
    known.use({}, {})


def refined(service, **options):
    return Studio(key=KEY, base_url=service.base_url).run("crisp_upscale", "small.png", **options)


def answers(units):
    body = json.dumps({"created": 1, "credits": units, "image": {"image_id": "a", "b64_json": "@B64"}})
    return http(body.replace("@B64", base64.b64encode(PNG).decode()).encode())


def test_a_price_that_differs_is_told_once_and_then_quoted():
    with wild(answers(6)) as service:
        first = refined(service)
        assert [note for note in first.notes if "charged" in note] == ["The service charged 6 units · $0.006, not 4 units · $0.004."]
        made = plan(Ask("crisp_upscale", {}, Size(300, 300)))
        assert (made.units, made.price) == (6, "6 units · $0.006, learnt")
        Image.open("small.png").rotate(90).save("small.png")
        again = refined(service)
    assert not [note for note in again.notes if "charged" in note]
    assert json.loads((paths.here().history / learnt.NAME).read_text())["prices"] == {"crispUpscale": 6}


def test_the_cap_counts_what_was_learnt(home):
    with wild(answers(600)) as service:
        refined(service)
        Image.open("small.png").rotate(90).save("small.png")
        with pytest.raises(OutOfUnits, match="cap per click"):
            refined(service)
        assert service.posts() == 1


def test_a_price_for_each_picture_is_learnt_for_each_picture():
    row = ENDPOINTS["generations/raster"]
    assert known.taught(row, {"model": "recraftv4_1", "n": 3}, 120) == ("generations/raster recraftv4_1", 40)
    assert known.taught(row, {"model": "recraftv4_1"}, 41) == ("generations/raster recraftv4_1", 41)
    assert known.taught(ENDPOINTS["variateImage"], {"n": 3}, 50) == ("variateImage recraftv3", 50)
    known.use({"generations/raster recraftv4_1": 40}, {})
    assert plan(Ask("generate", {"prompt": "x", "n": 2})).units == 80
    assert plan(Ask("generate", {"prompt": "x", "n": 2, "model": "recraftv4_1_pro"})).units == 420


@pytest.mark.parametrize(("units", "counts"), [(1, True), (0, False), (-1, False), (True, False), ("6", False), (1.5, False), (None, False)])
def test_only_a_whole_number_of_units_is_a_price(units, counts):
    known.use({"crispUpscale": units}, {"recraftv5": units})
    assert (list(known.PRICES.values()), list(known.NAMED.values())) == ([units] * counts, [units] * counts)


@pytest.mark.parametrize(
    ("endpoint", "values", "key"),
    [
        ("generations", {}, "generations recraftv4_1"),
        ("generations", {"model": "recraftv3", "n": 2, "prompt": "x"}, "generations recraftv3"),
        ("generations", {"model": "recraftv3", "style_references": ("a",)}, "generations recraftv3 style_references"),
        ("generations", {"model": "recraftv3", "style_references": ()}, "generations recraftv3"),
        ("vectorize", {"version": "v1_pro"}, "vectorize version=v1_pro"),
        ("vectorize", {"version": "", "upscale": True}, "vectorize upscale=True"),
        ("enhance", {"refinement": "subtle"}, "enhance refinement=subtle"),
    ],
)
def test_a_price_is_learnt_for_what_may_change_it_and_nothing_else(endpoint, values, key):
    assert known.key_of(ENDPOINTS[endpoint], values) == key


@pytest.mark.parametrize(
    ("endpoint", "values", "units"),
    [
        ("generations", {"model": "recraftv3"}, 41), ("generations", {"model": "recraftv3", "n": 3}, 123),
        ("variateImage", {"n": 3}, 50), ("generations", {"model": "recraftv5"}, 60), ("generations", {"model": "recraftv5", "n": 2}, 120),
        ("generations", {"model": "recraftv6"}, 300), ("generations", {"model": "recraftv6", "n": 2}, 600),
        ("inpaint", {"model": "recraftv6"}, 80), ("generations", {"model": "recraftv2"}, 22), ("vectorize", {"model": "recraftv6"}, 10),
        ("generations", {}, 35),
    ],
)  # fmt: skip
def test_what_a_call_costs_by_what_is_learnt_listed_or_documented(endpoint, values, units):
    known.use({"generations recraftv3": 41, "variateImage recraftv3": 50}, {"recraftv5": 60})
    assert known.units_of(ENDPOINTS[endpoint], values) == units


@pytest.mark.parametrize(
    ("endpoint", "values", "how", "quoted"),
    [
        ("generations", {"model": "recraftv3"}, "learnt", (41, True)), ("generations", {"model": "recraftv2"}, "", (22, True)),
        ("generations", {}, "", (35, True)), ("generations", {"model": "recraftv5"}, "listed", (60, True)),
        ("generations", {"model": "recraftv6"}, "unknown", (300, False)), ("vectorize", {"model": "recraftv6"}, "", (10, True)),
        ("explore", {}, "learnt", (96, True)), ("explore/similar", {}, "", (80, False)),
    ],
)  # fmt: skip
def test_where_a_price_is_from_and_whether_it_is_sure(endpoint, values, how, quoted):
    known.use({"generations recraftv3": 41, "explore recraftv4_1": 96}, {"recraftv5": 60})
    assert (known.how_known(ENDPOINTS[endpoint], values), known.quote(ENDPOINTS[endpoint], values)) == (how, quoted)


@pytest.mark.parametrize("charged", [0, -3, 4, 7])
def test_nothing_charged_the_usual_price_and_odd_shares_teach_nothing(charged):
    row = ENDPOINTS["generations/raster" if charged == 7 else "crispUpscale"]
    assert known.taught(row, {"model": "recraftv4_1", "n": 3} if charged == 7 else {}, charged) is None


def test_a_guessed_price_that_was_right_stays_a_guess_and_a_wrong_one_becomes_sure():
    assert plan(Ask("explore", {"prompt": "x"})).price.startswith("about 80")
    known.use({"explore recraftv4_1": 96}, {})
    assert plan(Ask("explore", {"prompt": "x"})).price == "96 units · $0.096, learnt"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"7", b'{"prices": 3}', b'{"models": {"a": 1}, "asked": "x"}', b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_as_good_as_none(data):
    paths.make_folder(paths.here().history, private=True)
    (paths.here().history / learnt.NAME).write_bytes(data)
    assert learnt.load() == {"prices": {}, "models": {}, "asked": 0.0}
    assert (known.PRICES, known.NAMED) == ({}, {})
    learnt.price(ENDPOINTS["crispUpscale"], {}, 6)
    assert known.PRICES == {"crispUpscale": 6}


def test_a_plugin_quotes_what_its_worker_learnt():
    plugin_requests._learn(Message("balance", 0, {"balance": 3, "learnt": {"crispUpscale": 9, "erase": True, "x": -1}}))
    assert plan(Ask("crisp_upscale", {}, Size(300, 300))).units == 9
    assert known.PRICES == {"crispUpscale": 9}
    plugin_requests._learn(Message("answer", 4, {"data": {"styles": []}}))
    assert known.PRICES == {"crispUpscale": 9}


# --- models nobody knows --------------------------------------------------------------------------------------------


def recraft(*words, base_url, capsys):
    capsys.readouterr()
    return cli.main([*words, "--base-url", base_url]), *capsys.readouterr()


def pictures(path, _sock):
    data = [{"image_id": "a", "b64_json": base64.b64encode(PNG).decode()}]
    return http(json.dumps({"created": 1, "credits": 60, "data": data}).encode())


def test_an_unknown_model_is_sent_as_it_is_at_the_dearest_price(capsys):
    with wild(pictures, http(json.dumps({"data": []}).encode())) as service:
        code, out, err = recraft("generate", "a boat", "--model-id", "recraftv5", "--dry-run", "--json", base_url=service.base_url,
                                 capsys=capsys)  # fmt: skip
        assert code == Exit.OK, err
        told = json.loads(out)
        assert (told["fields"]["model"], told["units"]) == ("recraftv5", 300)
        assert told["price"] == "price unknown, counted as 300 units · $0.30"
        assert told["request"] == "POST /images/generations"
        code, _, err = recraft("generate", "a boat", "--model-id", "recraftv5", "-o", "a.png", base_url=service.base_url, capsys=capsys)
        assert code == Exit.OK, err
    assert "price unknown" in err
    assert "The service charged 60 units" in err
    assert known.PRICES == {"generations recraftv5": 60}


def test_the_cap_asks_before_several_pictures_of_unknown_price(capsys):
    with wild(pictures, http(b'{"data": []}')) as service:
        code, _, err = recraft("generate", "a boat", "--model-id", "recraftv5", "-n", "2", base_url=service.base_url, capsys=capsys)
        assert (code, service.posts()) == (Exit.KEY_OR_UNITS, 0)
    assert "cap per click" in err


def test_the_services_list_prices_it_and_is_asked_once_a_day(capsys):
    listing = {"data": [NEWER, {"id": 7}, None, {"id": "odd", "name": "Odd", "pricing": {"image": "free"}}]}
    with wild(pictures, http(json.dumps(listing).encode())) as service:
        for words in (("--json",), ()):
            code, out, _ = recraft("generate", "a boat", "--model-id", "recraftv5", "--dry-run", *words, base_url=service.base_url,
                                   capsys=capsys)  # fmt: skip
            assert code == Exit.OK
        assert "price: 60 units · $0.06" in out
        assert [head.split()[1] for head in service.asked] == ["/v1/models"]
        code, out, _ = recraft("account", "--prices", base_url=service.base_url, capsys=capsys)
        assert len(service.asked) == 1
    assert "recraftv5" in out
    assert "Recraft V5, for --model-id" in out
    assert "odd" not in out.split()


@pytest.mark.parametrize("said", [http(b"no"), http(b"404 page not found", "404 Not Found", "text/plain"), http(b'{"data": 3}')])
def test_a_list_that_cannot_be_read_changes_nothing(said, capsys):
    learnt.refresh(lambda: [{"id": "recraftv6", "name": "V6", "usd": "0.1"}])
    with wild(pictures, said) as service:
        held = learnt.load()
        (paths.here().history / learnt.NAME).write_text(json.dumps({**held, "asked": 0}))
        code, _, err = recraft("generate", "a boat", "--model-id", "recraftv5", "--dry-run", base_url=service.base_url, capsys=capsys)
        assert code == Exit.OK, err
    assert list(learnt.load()["models"]) == ["recraftv6"]


def test_the_list_is_asked_for_again_when_a_day_has_gone_by_or_the_clock_was_put_back():
    asked, prices = [], iter(["0.06", "0.07", "0.08", "0.09"])

    def ask():
        asked.append(1)
        return [{"id": "recraftv5", "name": "Recraft V5", "usd": next(prices)}]

    def put_by(seconds):
        held = learnt.load()
        (paths.here().history / learnt.NAME).write_text(json.dumps({**held, "asked": time.time() - seconds}))

    for gone_by, times in ((None, 1), (23.9 * 3600, 1), (24.1 * 3600, 2), (-3600, 3)):
        if gone_by is not None:
            put_by(gone_by)
        learnt.refresh(ask)
        assert len(asked) == times, gone_by
    assert known.NAMED == {"recraftv5": 80}
    learnt.refresh(ask)
    assert len(asked) == 3
    learnt.refresh(ask, at_once=True)
    assert known.NAMED == {"recraftv5": 90}


def test_a_list_that_cannot_be_had_is_not_asked_for_at_every_picture():
    asked = []

    def ask():
        asked.append(1)
        raise Unreachable("Gone.", remedy="Try again.")

    for _ in range(3):
        learnt.refresh(ask)
    assert len(asked) == 1
    held = learnt.load()
    (paths.here().history / learnt.NAME).write_text(json.dumps({**held, "asked": held["asked"] - learnt._PAUSE_S}))
    learnt.refresh(ask)
    assert len(asked) == 2


def test_a_price_learnt_while_the_list_is_asked_for_stays():
    def ask():
        learnt.price(ENDPOINTS["crispUpscale"], {}, 6)
        return [{"id": "recraftv5", "name": "Recraft V5", "usd": "0.06"}]

    learnt.refresh(ask)
    assert learnt.load()["prices"] == {"crispUpscale": 6}
    assert known.NAMED == {"recraftv5": 60}


def test_a_newer_price_of_a_listed_model_is_quoted(capsys):
    for usd in ("0.06", "0.07"):
        listing = {"data": [{**NEWER, "pricing": {"image": usd}}]}
        with wild(pictures, http(json.dumps(listing).encode())) as service:
            _, out, _ = recraft("generate", "a boat", "--model-id", "recraftv5", "--dry-run", base_url=service.base_url, capsys=capsys)
        assert f"units · ${usd}" in out
        held = learnt.load()
        (paths.here().history / learnt.NAME).write_text(json.dumps({**held, "asked": 0}))


@pytest.mark.parametrize(("usd", "units"), [("0.0351", 36), ("0.035", 35), ("0.001", 1), ("0.0001", 1), ("1000", 1_000_000), ("1000.001", 0), ("0", 0), ("-1", 0),
                                            ("nan", 0), ("inf", 0), ("free", 0)])  # fmt: skip
def test_a_price_in_dollars_is_whole_units_rounded_up_or_none(usd, units):
    assert learnt._units(usd) == units


def test_what_is_odd_in_the_list_kept_is_passed_over():
    paths.make_folder(paths.here().history, private=True)
    good = {"name": "V5", "units": 60}
    models = {"a": good, "b": {"name": 7, "units": 60}, "c": {"name": "V5", "units": "60"}, "d": 3, "e": {"units": 60}}
    (paths.here().history / learnt.NAME).write_text(json.dumps({"models": models, "prices": {"crispUpscale": 6}, "asked": None}))
    assert learnt.load() == {"prices": {"crispUpscale": 6}, "models": {"a": good}, "asked": 0.0}


def test_what_was_learnt_is_for_its_user_alone():
    learnt.price(ENDPOINTS["crispUpscale"], {}, 6)
    folder = paths.here().history
    assert os.name == "nt" or all(one.stat().st_mode & 0o077 == 0 for one in (folder, folder / learnt.NAME))


def test_a_list_without_end_fills_no_disk():
    learnt.refresh(lambda: [{"id": f"v{number}", "name": "V", "usd": "0.06"} for number in range(3000)])
    assert len(learnt.load()["models"]) == len(known.NAMED) == 1000


def test_a_known_model_a_second_model_and_nonsense_are_refused():
    for given, word in (
        ({"model_id": "recraftv4_1"}, "known here"), ({"model_id": "recraftv4_1_raster"}, "known here"),
        ({"model_id": "v5", "model": "recraftv4"}, "Both"), ({"model_id": "no spaces"}, "no identifier"),
    ):  # fmt: skip
        with pytest.raises(BadOption, match=word):
            plan(Ask("generate", {"prompt": "x", **given}))
    with pytest.raises(BadOption, match="no model"):
        plan(Ask("erase", {"model_id": "v5"}, Size(300, 300), Box(1, 1, 9, 9)))


def test_offline_nothing_is_asked(capsys, monkeypatch):
    monkeypatch.delenv("RECRAFT_API_TOKEN")
    monkeypatch.setattr(learnt, "refresh", lambda *_: pytest.fail("asked"))
    assert cli.main(["generate", "a boat", "--model-id", "recraftv5", "--dry-run", "--local"]) == Exit.OK


def test_the_engines_own_list_is_read(engine):
    rows = {row["id"]: row for row in models(Connection(KEY, engine.base_url))}
    assert (rows["recraftv4_1"]["usd"], rows["recraftv4_1"]["name"]) == ("0.035", "Recraft V4.1")


def test_an_answer_without_models_says_so():
    with pytest.raises(Exception, match="the models"):
        read(Asked("models", 0), b'{"object": "list"}')
