"""The drawn sketches: honest, deterministic, legal SVG, the prompt's things and colours in them, always marked."""

import re

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_local import sketch, svg_in
from recraft_local.sketch import drawing, letters, painter, reading, scene, shapes, styles, vocabulary
from sketching import BOAT, apart, patches, pixels, seen, svg, unmarked

DRAWINGS = sorted(set(vocabulary.words().values()))
PLAIN = "!\"#$%&'()*+,-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_{}" + "ØĐĦŁŊŦßẞ"
GREEK = "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"  # capitals that look like Latin ones
CYRILLIC = "\u0406\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425"

# ---------------------------------------------------------------- tables


def test_there_are_more_than_a_thousand_drawings_and_each_stands_in_its_box():
    assert len(DRAWINGS) > 1200
    for name in DRAWINGS:
        left, top, right, bottom = vocabulary.extent(name)
        assert -0.1 <= left < right <= 1.1, name
        assert -0.1 <= top < bottom <= 1.12, name
        for part in vocabulary.parts(name):
            assert shapes.area(shapes.flatten(part.contours[0])) > 0, f"{name}: the first contour is no hole"


def test_every_name_in_the_tables_is_a_drawing():
    named = {*vocabulary.table("words"), *vocabulary.table("drawings"), *vocabulary.table("tokens").values()}
    named |= {name for row in vocabulary.table("furniture").values() for name in row.split()}
    named |= {row.split(":")[0] for rows in vocabulary.table("company").values() for row in rows.split()}
    named |= {name for rows in vocabulary.table("scenery").values() for name in re.findall(r"[=,]([a-z-]+)", rows)}
    assert named <= set(vocabulary._book()["drawings"])


def test_all_scenery_named_in_the_tables_can_be_painted():
    named = {*vocabulary.table("places")} - {"any"}
    named |= {vocabulary.named(name).place for name in DRAWINGS}
    assert named <= set(vocabulary.table("scenery"))


# Ordinary words and the drawing each ought to lead to; "a|b" where either will do.
ORDINARY = """
cat:cat dog:dog kitten:cat puppy:dog terrier:dog hound:dog horse:horse pony:horse cow:cow lion:lion sparrow:bird
trout:fish salmon:fish oak:deciduous-tree maple:deciduous-tree|maple-leaf rose:rose tulip:tulip bicycle:bicycle bike:bicycle
car:automobile taxi:taxi bus:bus train:locomotive aeroplane:airplane airplane:airplane helicopter:helicopter boat:sailboat
ship:ship canoe:canoe house:house cottage:house castle:castle church:church bridge:bridge lighthouse:lighthouse
apple:red-apple pear:pear banana:banana grape:grapes bread:bread cheese:cheese-wedge pizza:pizza cup:cup mug:cup
teapot:teapot bottle:bottle chair:chair sofa:couch-and-lamp bed:bed lamp:lamp candle:candle book:open-book|blue-book|green-book
guitar:guitar violin:violin piano:musical-keyboard drum:drum trumpet:trumpet saxophone:saxophone hammer:hammer
scissors:scissors key:key umbrella:umbrella hat:top-hat shoe:flat-shoe|running-shoe|mans-shoe shirt:t-shirt crown:crown
robot:robot astronaut:astronaut wizard:wizard ghost:ghost dragon:dragon unicorn:unicorn mermaid:mermaid|woman-merpeople|person-merpeople
man:man woman:woman child:child doctor:health-worker teacher:teacher farmer:farmer lawyer:judge|person-standing
engineer:scientist|person-standing sun:sun moon:full-moon star:star cloud:cloud rainbow:rainbow
elephant:elephant giraffe:giraffe zebra:zebra penguin:penguin owl:owl eagle:eagle duck:duck swan:swan frog:frog
snake:snake turtle:turtle whale:whale|spouting-whale dolphin:dolphin shark:shark octopus:octopus crab:crab lobster:lobster
bee:honeybee butterfly:butterfly spider:spider snail:snail mushroom:mushroom cactus:cactus strawberry:strawberry
carrot:carrot potato:potato tomato:tomato onion:onion sushi:sushi cake:shortcake cookie:cookie doughnut:doughnut
"""


@pytest.mark.parametrize("pair", ORDINARY.split())
def test_ordinary_nouns_lead_to_their_drawing(pair):
    word, wanted = pair.split(":")
    found = vocabulary.thing(word)
    assert found is not None
    assert found.art in wanted.split("|")


def test_twenty_thousand_nouns_are_known_and_words_of_other_kinds_are_not():
    assert len(vocabulary.words()) > 20_000
    others = "the beautiful quickly running red happy with very under blue ancient shiny seven because often"
    assert [word for word in others.split() if vocabulary.thing(word)] == []


@pytest.mark.parametrize(("many", "one"), [("foxes", "fox"), ("berries", "berry"), ("knives", "knife"), ("wolves", "wolf"),
                                           ("mice", "mouse"), ("buses", "bus"), ("glass", "glass"), ("cherries", "cherry"),
                                           ("houses", "house"), ("geese", "goose"), ("people", "person"), ("bus", "bus")])  # fmt: skip
def test_plurals_are_those_of_plain_english(many, one):
    assert reading.singular(many) == one


@pytest.mark.parametrize("place", sorted(vocabulary.table("scenery")))
def test_scenery_fills_pages_of_any_shape(place):
    for size in ((96, 48), (48, 96)):
        view = scene.replace(seen("nothing"), place=place, subjects=())
        picture = drawing.paint(view, *size, 1)
        assert picture.shape == (size[1], size[0], 3)
        if place != "plain":
            assert picture.std() > 3, "scenery, not a blank sheet"


@pytest.mark.parametrize("family", sorted(styles.families()))
def test_every_family_draws_in_both_outputs(family):
    view = scene.replace(seen("a cat in a garden"), family=styles.families()[family])
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
        ("a red fox in a snowy forest", [("fox", 1)], "snow"),
        ("a cottage in a flower meadow", [("house", 1)], "field"),
        ("perfume bottle product photo", [("perfume", 1)], "studio"),
        ("portrait of an old man", [("portrait-beard", 1)], "studio"),
        ("hot air balloons over the hills", [("hot-air-balloon", 3)], "field"),
        ("an orange sky over the sea", [], "sea"),
        ("two oranges on a table", [("tangerine", 2)], "table"),
        ("cup", [("cup", 1)], "table"),
        ("goldfish and turtle underwater", [("tropical-fish", 1), ("turtle", 1)], "underwater"),
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
    assert [one.thing.art for one in seen("a quiet library").subjects] == ["couch-and-lamp", "potted-plant"]
    assert seen("a field").subjects == ()


def test_a_medium_is_no_thing():
    for prompt in ("an oil painting of a cat", "a cat, oil painting", "pencil drawing of a cat on a path"):
        assert [one.thing.art for one in seen(prompt).subjects] == ["cat"]


def test_a_beard_in_a_portrait_is_drawn():
    for prompt in ("portrait of an old fisherman with a beard", "bearded portrait"):
        assert [one.thing.art for one in seen(prompt).subjects] == ["portrait-beard"]


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


@pytest.mark.parametrize(("number", "count"), [("a", 1), ("two", 2), ("3", 3), ("four", 4)])
def test_as_many_are_seen_as_are_asked_for(number, count):
    asked = {"background": (255, 255, 255), "size": (480, 240)}
    picture = unmarked(pixels(f"{number} red balloon{'s' * (count > 1)}", **asked))
    assert patches((picture[..., 0] > 180) & (picture[..., 1] < 90), least=150) == count


def test_several_things_each_in_its_colour_share_the_picture():
    picture = unmarked(pixels("a blue car, a yellow house and a red umbrella", size=(320, 200)))
    red, green, blue = (picture[..., i] for i in range(3))
    assert ((blue > 130) & (red < 110)).mean() > 0.02
    assert ((red > 190) & (green > 150) & (blue < 140)).mean() > 0.02
    assert ((red > 150) & (green < 90)).mean() > 0.01


def test_a_drawing_costs_less_than_it_did():
    """A megapixel took 0.26 s of CPU on average and 0.5 at most when subjects were drawn in code."""
    import time

    def seconds(prompt):
        start = time.process_time()
        pixels(prompt, size=(1024, 1024))
        return time.process_time() - start

    prompts = ("two cats and a bicycle on a beach at sunset", "five penguins on snow", "a city street at night")
    assert min(max(map(seconds, prompts)) for _ in range(3)) < 0.6


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


@pytest.mark.parametrize("style", ["Vector art", "Line art", "Linocut", "Icon", "Pixel art", "Photorealism", "Vintage Emblem"])
def test_our_own_upload_check_takes_the_svg(style):
    text = svg("a cat and two birds in a garden", style=style, text_layout=[("HI", [(0, 0), (1, 0), (1, 1), (0, 1)])])
    assert svg_in.check("drawing.svg", text.encode()) == (1024, 1024)


@given(st.text(max_size=80))
@settings(max_examples=30, deadline=None)
def test_any_words_give_a_sound_svg(prompt):
    fromstring(svg(prompt))


def test_the_longest_prompt_is_read():
    assert svg("a cat and 7 zorblaxes, " * 434).count("<path") > 20


# ---------------------------------------------------------------- geometry


@pytest.mark.parametrize("line", [[(0, 0), (9, 9), (18, 0)], [(18, 0), (9, 9), (0, 0)], [(5, 5)]])
def test_strokes_run_clockwise_so_that_they_are_filled(line):
    for contour in (shapes.ribbon(line, 2), shapes.ribbon([*line, (3, 20)], 2, closed=True), shapes.ribbon(line, 2, taper=True)):
        assert shapes.area(shapes.flatten(contour)) > 0


def test_a_contour_that_runs_the_other_way_is_a_hole():
    square, hole = shapes.rect(1, 1, 8, 8), shapes.reverse(shapes.ellipse(5, 5, 2, 2))
    assert shapes.reverse(shapes.reverse(square)) == square
    sheet = [shapes.Shape((shapes.rect(0, 0, 10, 10),), (255, 255, 255)), shapes.Shape((square, hole), (0, 0, 0))]
    picture = painter.paint(sheet, shapes.Page(10, 10), 100, 100)
    assert picture[50, 50, 0] == 255
    assert picture[15, 15, 0] == 0


@pytest.mark.parametrize("flip", [False, True])
def test_the_wheels_of_a_bicycle_are_seen_through(flip):
    """Mirroring turns contours round; their holes have to stay holes."""
    figure = vocabulary.figure("bicycle", 0.5, 0.9, 0.8, lambda c: c, flip=flip)
    ground = shapes.Shape((shapes.rect(0, 0, 1, 1),), (10, 200, 30))
    picture = painter.paint([ground, *figure], shapes.Page(1, 1), 200, 200)
    green = (picture == (10, 200, 30)).all(axis=2)
    assert green[150:170, 40:70].mean() > 0.3
    assert green[150:170, 130:160].mean() > 0.3


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
