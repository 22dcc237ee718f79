"""Real styles: the picture keeps what is on it and takes another hand."""

from pathlib import Path

import numpy as np
import pytest
from calls import call
from PIL import Image
from recraft_local import hands
from recraft_local.checks import Order
from recraft_local.pictures import net, styles
from recraft_local.server import serving
from recraft_local.styling import Styling
from samples import sample

PICTURES = Path(__file__).resolve().parents[1] / "pictures"


def photo(name="lake", size=(256, 192)):
    with Image.open(PICTURES / f"{name}.jpg") as picture:
        return np.asarray(picture.convert("RGB").resize(size))


def apart(one, other):
    return float(np.abs(one.astype(float) - other).mean())


def shapes(rgb):
    """Where light changes, as directions: what is on a picture, whatever its colours."""
    light = rgb.astype(float).mean(2)
    down, across = np.gradient(np.asarray(Image.fromarray(light.astype(np.uint8)).resize((48, 36)), float))
    return np.stack([down, across])


def likeness(one, other):
    a, b = shapes(one), shapes(other)
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def test_strength_leads_from_the_picture_to_the_hand():
    source = photo()
    far = [apart(styles.paint(source, styles.named("oil"), strength=s).pixels, source) for s in (0, 0.1, 0.3, 1)]
    assert far[0] == 0
    assert 0 < far[1] < far[2] < far[3]


@pytest.mark.parametrize("hand", ["oil", "watercolor", "woodblock", "pencil"])
def test_what_is_on_the_picture_stays(hand):
    source = photo()
    made = styles.paint(source, styles.named(hand)).pixels
    assert made.shape == source.shape
    assert likeness(made, source) > 0.5
    assert abs(likeness(made, photo("kitten"))) < 0.25


def test_hands_differ_from_each_other():
    source = photo()
    made = [styles.paint(source, styles.named(name)).pixels for name in ("pencil", "linocut", "woodblock")]
    assert min(apart(made[0], made[1]), apart(made[1], made[2]), apart(made[0], made[2])) > 20


def test_colours_are_kept_or_taken():
    source, hand = photo(), styles.named("post-impressionism")
    kept, taken = (styles.paint(source, hand, colours=share).pixels for share in (0.0, 1.0))
    hue = [(a[..., 0].astype(float) - a[..., 2]).ravel() for a in (source, kept, taken)]
    assert np.corrcoef(hue[0], hue[1])[0, 1] > 0.9
    assert np.corrcoef(hue[0], hue[2])[0, 1] < 0.7


def test_the_style_of_a_picture_is_read_again_from_what_is_painted_with_it():
    """The vector means something: a painted picture is nearer to its style than the photograph was."""
    source, wanted = photo(), styles.read([photo("woodcut")])
    made = styles.paint(source, styles.Hand(wanted, "own")).pixels
    before, after = (np.linalg.norm(styles.read([p]) - wanted) for p in (source, made))
    assert after < 0.6 * before


def test_both_runners_paint_the_same():
    pytest.importorskip("ncnn")
    x = photo(size=(64, 48)).transpose(2, 0, 1).astype(np.float32) / 255
    weights = styles._weights(styles.named("gouache").vector)
    made = []
    for numpy_only in (True, False):
        with net.opened("style", weights, numpy_only=numpy_only) as run:
            made.append(run(x))
    assert np.abs(made[0] - made[1]).max() < 1e-2
    assert np.abs(net.run("hand", x[:, :48, :48]) - net.run_numpy("hand", x[:, :48, :48])).max() < 1e-2


def test_odd_and_tiny_sizes_come_back_as_they_are_long():
    for size in ((33, 47), (5, 90), (1, 1), (16, 16)):
        source = photo(size=size)
        assert styles.paint(source, styles.named("ink")).pixels.shape == source.shape


def test_a_large_picture_has_no_seams():
    """A flat ramp has one grain all over: nowhere a line along which it steps."""
    ramp = np.repeat(np.linspace(90, 200, 1300).astype(np.uint8)[None, :, None], 800, 0).repeat(3, 2)
    made = styles.paint(ramp, styles.named("watercolor")).pixels.astype(float).mean(2)
    assert made.shape == (800, 1300)
    rows = np.abs(np.diff(made, axis=0)).mean(axis=1)[40:-40]
    assert rows.max() < 3 * np.median(rows) + 0.5


def order(prompt="", style=None, hand=()):
    styling = Styling(style, vector=False, hand=hand) if style else None
    return Order(endpoint=None, values={"prompt": prompt}, style=styling)


@pytest.mark.parametrize(
    ("prompt", "style", "hand"),
    [
        ("watercolor of a temple", None, "watercolor"),
        ("oil painting of a kitten", None, "oil"),
        ("a kitten", None, ""),
        ("a boat on the sea, ukiyo-e", None, "woodblock"),
        ("spoils of war", None, ""),  # no "oils"
        ("anything", "Watercolor", "watercolor"),
        ("a watercolor", "Pencil sketch", "pencil"),  # the style's name counts, not the prompt
        ("a watercolor", "Photorealism", ""),
        ("x", "Risograph", "riso"),
        ("x", "Linocut", "linocut"),
    ],
)
def test_the_hand_is_the_one_asked_for(prompt, style, hand):
    found = hands.wanted(order(prompt, style))
    assert (found.name if found else "") == hand


def test_every_hand_that_can_be_asked_for_is_there():
    assert {hand for hand, *_ in hands._HANDS} == set(styles.names())


def test_what_else_a_prompt_asks_for_is_told():
    assert hands.other_wishes(order("watercolor of a temple"))
    assert not hands.other_wishes(order("in the style of an oil painting"))


def test_a_style_made_from_pictures_paints_with_them():
    """Over the whole way: create a style, use it, and another picture's style is used differently."""
    with serving() as engine:
        ids = []
        for name in ("photo", "flat"):
            made = call(engine, "styles", files={"file": sample(name)}, data={"style": "digital_illustration"})
            ids.append(made.json()["id"])
        kept = [engine.engine.store.style(one)["hand"] for one in ids]
        assert all(len(hand) == styles.LENGTH for hand in kept)
        assert kept[0] != kept[1]
        answer = call(
            engine, "images/imageToImage", files={"image": sample("photo")},
            data={"prompt": "a barn", "strength": 0.9, "style_id": ids[1], "model": "recraftv3"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        how = engine.requests[-1].how
        assert "the own style" in how
        assert "needs a model" in how
