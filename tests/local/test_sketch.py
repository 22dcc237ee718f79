"""The drawn sketches: honest, deterministic, legal SVG, the prompt's things and colours in them, always marked."""

import re

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_local import sketch
from recraft_local.sketch import cast, drawing, figure, letters, raster, scene, shapes, styles, vocabulary
from recraft_local.sketch.indoors import PLACES
from sketching import BOAT, apart, pixels, seen, svg, unmarked

PLAIN = "!\"#$%&'()*+,-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_{}" + "ØĐĦŁŊŦßẞ"
GREEK = "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"  # capitals that look like Latin ones
CYRILLIC = "\u0406\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425"

# ---------------------------------------------------------------- tables


def test_every_drawing_has_a_row_and_every_row_a_drawing():
    assert set(vocabulary.ART) == set(vocabulary.BY_ART)
    assert set(vocabulary.SEATS) | set(vocabulary.TOKENS_OF_PLACE.values()) <= set(vocabulary.ART)


@pytest.mark.parametrize("art", sorted(vocabulary.ART))
def test_a_drawing_can_be_read_and_stands_in_its_box(art):
    left, top, right, bottom = cast.extent(art)
    assert -30 <= left < right <= 130
    assert -30 <= top < bottom <= 120
    assert bottom > 60, "drawings stand on the lower edge of their box"


def test_a_misspelt_drawing_line_is_refused_with_the_line():
    with pytest.raises(ValueError, match="mian2 E"):
        figure.parts("mian2 E 1 2 3 4")


def test_all_scenery_named_in_the_tables_can_be_painted():
    named = {place for places in vocabulary.PLACES.values() for place in places} - {"any"}
    named |= {thing.place for thing in vocabulary.BY_ART.values()}
    assert named <= set(PLACES)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_scenery_fills_pages_of_any_shape(place):
    for size in ((96, 48), (48, 96)):
        view = scene.replace(seen("nothing"), place=place, subjects=())
        picture = drawing.paint(view, *size, 1)
        assert picture.shape == (size[1], size[0], 3)
        if place != "plain":
            assert picture.std() > 3, "scenery, not a blank sheet"


@pytest.mark.parametrize("family", sorted(styles.FAMILIES))
def test_every_family_draws_in_both_outputs(family):
    view = scene.replace(seen("a cat in a garden"), family=styles.FAMILIES[family])
    assert drawing.render(view, 96, 96, vector=False, seed=1).pixels.std() > 5
    fromstring(drawing.render(view, 96, 96, vector=True, seed=1).svg)


# ---------------------------------------------------------------- reading a prompt


@pytest.mark.parametrize(
    ("prompt", "things", "place"),
    [
        (BOAT, [("sailboat", 1)], "lake"),
        ("three cats in a cozy room", [("cat", 3)], "room"),
        ("two foxes and an owl in the woods", [("fox", 2), ("owl", 1)], "forest"),
        ("a mountain lake", [], "lake"),
        ("a cottage in a flower meadow", [("house", 1)], "field"),
        ("perfume bottle product photo", [("perfume", 1)], "studio"),
        ("portrait of an old man", [("portraitman", 1)], "studio"),
        ("hot air balloons over the hills", [("hotairballoon", 3)], "field"),
        ("an orange sky over the sea", [], "sea"),
        ("two oranges on a table", [("orange", 2)], "table"),
        ("cup", [("cup", 1)], "table"),
        ("clownfish and turtle underwater", [("fish", 1), ("turtle", 1)], "underwater"),
    ],
)
def test_things_numbers_and_places_are_read(prompt, things, place):
    view = seen(prompt)
    assert [(s.thing.art, s.count) for s in view.subjects] == things
    assert view.place == place


def test_a_colour_belongs_to_the_noun_after_it():
    view = seen("a red car and a green house under a purple sky")
    car, house = view.subjects
    assert car.colour[0] > 150 > car.colour[1]
    assert house.colour[1] > 120 > house.colour[0]
    assert view.place_colour is not None
    assert not view.hints


def test_an_unknown_thing_keeps_its_word():
    (subject,) = seen("a majestic zorblax in the forest").subjects
    assert subject.thing is None
    assert subject.word == "zorblax"


@pytest.mark.parametrize("prompt", ["icon of a zorblax", "a photo of the zorblax", "zorblax logo", "poster: zorblax"])
def test_what_a_picture_is_made_as_is_not_its_subject(prompt):
    assert [one.word for one in seen(prompt).subjects] == ["zorblax"]


def test_company_is_people_unless_it_is_of_something():
    arts = {prompt: [one.thing.art for one in seen(prompt).subjects] for prompt in ("a family picnic", "a family of ducks")}
    assert arts == {"a family picnic": ["man", "woman", "child"], "a family of ducks": ["duck"]}


def test_no_room_is_bare_unless_it_should_be():
    assert [one.thing.art for one in seen("a quiet library").subjects] == ["sofa", "plant"]
    assert seen("a field").subjects == ()


def test_a_beard_in_a_portrait_is_drawn():
    for prompt in ("portrait of an old fisherman with a beard", "bearded portrait"):
        assert [one.thing.art for one in seen(prompt).subjects] == ["portraitbeard"]


def test_northern_lights_hang_in_the_sky_of_a_winter_forest():
    view = seen("a winter forest under northern lights")
    assert (view.place, view.time) == ("snow", "night")
    green = pixels("a winter forest under northern lights").astype(int)[20:70]
    plain = pixels("a winter forest at night").astype(int)[20:70]
    assert (green[..., 1] - green[..., 0]).max() > 40 + (plain[..., 1] - plain[..., 0]).max()


def test_on_puts_the_first_thing_on_the_second_only_when_it_says_so():
    assert seen("an astronaut riding a horse").mounted
    assert seen("a cat sitting on a pile of books").mounted
    assert not seen("a girl on a beach with a horse").mounted
    assert not seen("a dog and a horse").mounted


def test_the_negative_prompt_leaves_things_out():
    view = seen("a cat and a dog in the rain", negative_prompt="dog, rain")
    assert [s.thing.art for s in view.subjects] == ["cat"]
    assert not view.weather


@pytest.mark.parametrize(
    ("style", "prompt", "family"),
    [
        ("Watercolor", "x", "watercolor"), ("Urban sketching", "x", "pencil"), ("Line art", "x", "line"),
        ("Pixel art", "x", "pixel"), ("Prestige Emblem", "x", "emblem"), ("Icon", "x", "icon"),
        ("Photorealism", "x", "photo"), ("Noir", "x", "noir"), ("logo_raster", "x", "emblem"),
        (None, "a fox, watercolor", "watercolor"), (None, "a book about flowers", "illustration"),
        (None, "a soft natural light on glass", "illustration"),
    ],
)  # fmt: skip
def test_style_names_find_their_family(style, prompt, family):
    assert styles.family_for(style, prompt, vector=False).name == family


# ---------------------------------------------------------------- the drawing


def test_the_same_request_gives_the_same_drawing_and_another_seed_another():
    assert np.array_equal(pixels(style="Watercolor"), pixels(style="Watercolor"))
    assert svg() == svg()
    assert apart(pixels(), pixels(seed=8)) > 2


def test_the_named_colour_is_seen_on_the_thing():
    red, green = (unmarked(pixels(f"a {c} car", size=(200, 200))) for c in ("red", "green"))
    assert ((red[..., 0] > 140) & (red[..., 1] < 90)).mean() > 0.03
    assert ((green[..., 1] > 100) & (green[..., 0] < 110) & (green[..., 2] < 110)).mean() > 0.03


def test_a_background_colour_is_the_ground():
    picture = pixels("a rose", background=(20, 90, 200))
    assert np.abs(picture[2, 2].astype(int) - (20, 90, 200)).max() <= 1
    assert svg("a rose", background=(20, 90, 200)).split("<path")[1].count('fill="rgb(20,90,200)"') == 1


def test_control_colours_rule_the_picture():
    picture = unmarked(pixels("a house in a field", colors=[((200, 30, 40), 0.6), ((120, 20, 30), None)]))
    assert (picture[..., 0] >= picture[..., 1]).mean() > 0.97, "nothing green or blue is left"


def test_colours_may_come_as_json_brings_them():
    listed = pixels(colors=[([200, 30, 40], 0.5)], background=[20, 90, 200])
    assert np.array_equal(listed, pixels(colors=[((200, 30, 40), 0.5)], background=(20, 90, 200)))


def test_it_does_not_rain_indoors():
    assert svg("a cat in a room, rain").count("<path") == svg("a cat in a room, storm").count("<path")


@pytest.mark.parametrize("style", ["Seamless Vector", None])
def test_a_pattern_repeats_its_things_and_joins_without_a_seam(style):
    sheet = pixels("a pattern of foxes and mushrooms", size=(320, 320), style=style, vector=False).astype(int)
    sheet = sheet[:, :200]  # the mark is on the right
    seam, step = np.abs(sheet[0] - sheet[-1]), np.abs(sheet[0] - sheet[20])
    assert sheet[0].std(axis=0).max() > 20, "things cross the edge"
    assert seam.mean() < 12 < step.mean()


@pytest.mark.parametrize("background", [(250, 245, 232), (20, 30, 60)])
def test_text_layout_stands_out_from_what_is_behind_it(background):
    told = {"text_layout": [("WIDE", [(0.1, 0.1), (0.9, 0.1), (0.9, 0.4), (0.1, 0.4)])], "background": background}
    inside = pixels("a small key", **told).astype(int)[16:64, 16:144].mean(axis=-1)
    assert np.abs(inside - np.mean(background)).max() > 170


def test_boxes_far_off_the_page_leave_a_sound_drawing():
    far = {"text_layout": [("FAR", [(1e308, 0.0), (1.0, -1e308), (1.0, 1.0), (0.0, 1.0)])]}
    assert pixels(**far).shape == (160, 160, 3)
    assert "nan" not in svg(**far)
    assert "inf" not in svg(**far).split("</metadata>")[1]


def test_text_layout_letters_stay_in_their_corners():
    quad = [(0.1, 0.1), (0.6, 0.1), (0.6, 0.3), (0.1, 0.3)]
    bare, lettered = pixels("the sea"), pixels("the sea", text_layout=[("HI", quad)])
    changed = np.argwhere(np.abs(bare.astype(int) - lettered).sum(axis=2) > 30) / 160
    assert len(changed) > 100
    assert changed.min(axis=0)[0] > 0.07
    assert changed.max(axis=0)[0] < 0.34
    assert changed.min(axis=0)[1] > 0.07
    assert changed.max(axis=0)[1] < 0.64


def test_every_character_of_text_layout_can_be_lettered():
    allowed = PLAIN + GREEK + CYRILLIC
    assert len(set(allowed)) == 95
    blank = [c for c in allowed if not letters.covers(c) or not letters.word(c)[0]]
    assert blank == []


def test_the_perspective_map_meets_its_corners():
    quad = [(0.1, 0.2), (0.9, 0.1), (0.8, 0.9), (0.2, 0.7)]
    send = letters.projective(quad)
    got = [send(u, v) for u, v in ((0, 0), (1, 0), (1, 1), (0, 1))]
    assert np.allclose(got, quad)


def test_no_text_leaves_out_the_name_of_an_unknown_thing():
    assert svg("zorblax", no_text=True).count("<path") < svg("zorblax").count("<path")


# ---------------------------------------------------------------- the mark


@pytest.mark.parametrize("size", [(256, 256), (1024, 1024), (384, 768), (768, 256)])
def test_the_mark_is_there_at_every_size(size):
    sheet = np.full((size[1], size[0], 3), 128, np.uint8)
    marked = sketch.mark(sheet)
    assert marked.shape == sheet.shape
    rows, columns = np.nonzero((marked != 128).any(axis=2))
    assert rows.max() - rows.min() >= 16, "readable"
    assert rows.min() > size[1] * 0.85, "in the corner"
    assert columns.min() > size[0] * 0.5, "in the corner"
    tag = marked[rows.min() : rows.max(), columns.min() : columns.max()]
    assert (tag > 225).mean() > 0.04, "pale letters"
    assert (tag < 75).mean() > 0.4, "on a dark tag"


def test_the_mark_shows_on_transparent_pictures_too():
    clear = np.zeros((300, 300, 4), np.uint8)
    marked = sketch.mark(clear)
    assert marked[..., 3].max() > 180
    assert not marked[:200].any()


def test_marking_leaves_the_callers_pixels_alone():
    sheet = np.full((256, 256, 3), 128, np.uint8)
    sketch.mark(sheet)
    assert (sheet == 128).all()


# ---------------------------------------------------------------- SVG


@pytest.mark.parametrize("size", [(1024, 1024), (1536, 768), (768, 1536)])
def test_the_svg_has_the_anatomy_of_the_services_own(size):
    text = svg(size=size)
    root = fromstring(text)
    name = "{http://www.w3.org/2000/svg}"
    assert root.get("viewBox") == "0 0 2048 2048"
    assert (root.get("width"), root.get("height")) == tuple(map(str, size))
    assert root.get("preserveAspectRatio") == (None if size[0] == size[1] else "none")
    assert {e.tag.removeprefix(name) for e in root} <= {"metadata", "defs", "path"}
    assert root[0].tag == name + "metadata"
    assert "sketch" in "".join(root[0].itertext())
    paths = root.findall(name + "path")
    assert paths[0].get("d") == "M0 0L2048 0L2048 2048L0 2048z"
    assert all(re.fullmatch(r"(M[-\d. ]+([LC][-\d. ]+)*z)+", p.get("d")) for p in paths)
    assert len(text) < 300_000


@pytest.mark.parametrize("prompt", [BOAT, "a bear in a forest", "a cup on a table"])
def test_vector_and_pixels_are_the_same_drawing(prompt):
    resvg = pytest.importorskip("resvg_py")
    image = pytest.importorskip("PIL.Image")
    import io

    drawn = image.open(io.BytesIO(bytes(resvg.svg_to_bytes(svg_string=svg(prompt, size=(400, 300))))))
    got = np.asarray(drawn.convert("RGB"), int)
    assert got.shape == (300, 400, 3)
    assert np.abs(got - pixels(prompt, size=(400, 300))).mean() < 2.0


@given(st.text(max_size=80))
@settings(max_examples=30, deadline=None)
def test_any_words_give_a_sound_svg(prompt):
    fromstring(svg(prompt))


def test_the_longest_prompt_is_read():
    assert svg("a cat and 7 zorblaxes, " * 434).count("<path") > 20


# ---------------------------------------------------------------- geometry


def test_contours_of_a_shape_run_one_way_so_that_they_add_up():
    for text in ("P 0 0 0 9 9 9", "E 5 5 2 3", "K 2 0 0 9 9 0 18", "O 1 0 0 9 0 9 9 0 9", "H 2 9 9 0 0"):
        for contour in shapes.parse(text):
            assert shapes.area(shapes.flatten(contour)) > 0


def test_a_ring_is_open_in_the_middle():
    (ring,) = shapes.parse("O 1 2 2 8 2 8 8 2 8")
    sheet = [shapes.Shape((shapes.rect(0, 0, 10, 10),), (255, 255, 255)), shapes.Shape((ring,), (0, 0, 0))]
    picture = raster.paint(sheet, shapes.Page(10, 10), 100, 100)
    assert picture[50, 50, 0] == 255
    assert picture[50].min() < 30


# ---------------------------------------------------------------- size


@pytest.mark.parametrize(
    ("prompt", "aspect"),
    [
        ("a wide panorama of the alps", "2:1"),
        ("Poster for a jazz night", "2:3"),
        ("portrait of a girl", "3:4"),
        ("website banner, autumn", "16:9"),
        ("logo of a bear", "1:1"),
        ("a cat", "1:1"),
    ],
)
def test_the_size_follows_the_words(prompt, aspect):
    assert sketch.auto_size(prompt) == aspect
