"""Scripts' front door, through real HTTP to the real engine: every operation, and what must never change."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from recraft_core import Studio
from recraft_core.api.client import Client
from recraft_core.operations import NoJournal
from recraft_core.shared import errors
from recraft_core.shared.operations import OPERATIONS

PICTURES = Path(__file__).parents[1] / "pictures"
RNG = np.random.default_rng(7)


@pytest.fixture
def studio(engine, key):
    return Studio(service=Client(key, engine.base_url), journal=NoJournal())


def photo(width=320, height=280):
    """A smooth picture with a bright disc; every pixel differs a little from its neighbours."""
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([x * 200 // width, y * 200 // height, np.full_like(x, 90)], axis=-1)
    base += RNG.integers(0, 20, base.shape)
    base[(x - width // 2) ** 2 + (y - height // 2) ** 2 < (height // 6) ** 2] = (250, 240, 60)
    return base.clip(0, 255).astype(np.uint8)


def disc(width=320, height=280, soft=False):
    y, x = np.mgrid[0:height, 0:width]
    far = np.hypot(x - width // 2, y - height // 2) - height // 6
    return np.clip(255 - far * 16, 0, 255).astype(np.uint8) if soft else ((far < 4) * 255).astype(np.uint8)


def test_the_object_is_gone_and_the_rest_is_the_canvas_byte_for_byte(studio):
    before, mask = photo(), disc()
    result = studio.erase(before, mask=mask)
    after = result.pixels[..., :3]
    assert np.array_equal(after[mask == 0], before[mask == 0])
    assert np.abs(after.astype(int) - (250, 240, 60)).sum(-1)[mask > 0].min() > 100
    assert result.units == 2


def test_a_soft_selection_gives_a_soft_edge(studio):
    before, mask = photo(), disc(soft=True)
    layer = studio.erase(before, mask=mask).layers[0]
    box = layer.box
    assert np.array_equal(layer.pixels[..., 3], mask[box.y : box.bottom, box.x : box.right])


def test_only_the_context_of_a_small_selection_travels(studio, engine):
    canvas = np.full((3000, 4000, 3), 128, np.uint8)
    mask = np.zeros((3000, 4000), np.uint8)
    mask[1500:1560, 2000:2100] = 255
    job = studio.job("erase", canvas, mask=mask)
    assert job.plan.read.size == (356, 316)
    assert job.reading.pixels.shape == (316, 356, 4)
    result = job.run()
    assert result.pixels.shape == (3000, 4000, 4)
    sent = next(visit for visit in engine.requests if visit.path.endswith("eraseRegion"))
    assert sent.received < 400_000


@pytest.mark.parametrize("shape", [(60, 40), (30, 900), (4200, 280)])
def test_pictures_outside_the_limits_are_scaled_never_refused(studio, shape):
    height, width = shape
    before = photo(width, height)
    mask = np.zeros(shape, np.uint8)
    mask[height // 3 : height // 2, width // 3 : width // 2] = 255
    result = studio.erase(before, mask=mask, context_px=4096)
    assert np.array_equal(result.pixels[..., :3][mask == 0], before[mask == 0])
    assert any("scaled" in note for note in result.notes)


def test_expanding_keeps_the_old_picture_and_fills_the_new(studio):
    before = photo()
    result = studio.outpaint(before, prompt="more of it", expand_right=100, expand_top=40)
    assert result.pixels.shape == (320, 420, 4)
    assert np.array_equal(result.pixels[40:, :320, :3], before)
    assert result.pixels[..., 3].min() == 255


def test_expanding_to_a_ratio(studio):
    result = studio.outpaint(photo(), prompt="x", size="2:1")
    assert result.pixels.shape == (280, 560, 4)


def test_expanding_to_a_size_makes_a_picture_of_its_own(studio):
    assert studio.outpaint(photo(), prompt="x", size="1024x1024").pixels.shape == (1024, 1024, 4)


def test_the_background_becomes_transparent(studio):
    result = studio.remove_background(PICTURES / "wren.jpg")
    alpha = result.pixels[..., 3]
    assert alpha.shape == (576, 1024)
    assert alpha[:50, :50].max() < 40
    assert (alpha > 200).any()


def test_vectorizing_gives_a_drawing_of_the_same_size(studio, tmp_path):
    # Flat colours: noise would be traced speck by speck.
    result = studio.vectorize(np.where(disc()[..., None] > 0, (250, 240, 60), (90, 60, 30)).astype(np.uint8))
    paths = result.save(tmp_path / "photo.svg")
    assert paths[0].read_text().startswith("<svg")
    assert 'width="320"' in result.svg
    assert result.pixels.shape == (280, 320, 4)
    assert np.abs(result.pixels[140, 160, :3].astype(int) - (250, 240, 60)).max() < 40


def test_vector_models_draw_and_pixels_do_not_become_drawings(studio, tmp_path):
    assert studio.generate("a red boat", vector=True).svg.startswith("<svg")
    with pytest.raises(errors.BadOption, match="asks for a drawing"):
        studio.generate("a red boat", model="recraftv2").save(tmp_path / "boat.svg")


def test_several_pictures_are_saved_side_by_side(studio, tmp_path):
    paths = studio.generate("a red boat", model="recraftv2", n=2).save(tmp_path / "boat.png")
    assert [path.name for path in paths] == ["boat.png", "boat-2.png"]
    with Image.open(paths[1]) as second:
        assert second.size == (1024, 1024)


def test_explore_and_more_like_this(studio):
    found = studio.explore("a lighthouse", model="recraftv4_vector")  # drawings are made soonest
    assert len(found.layers) == 8
    more = studio.explore_similar(found.image_ids[2], 5)
    assert more.layers


def test_a_style_of_my_own_can_be_used(studio):
    style = studio.create_style("digital_illustration", [photo(), photo(64, 64)], image_weights=[0.5, 0.5])
    made = studio.generate("a tree", style_id=style.body["id"], model="recraftv3")
    assert made.layers


def test_words_and_account(studio):
    assert len(studio.enhance_prompt("race car on a track")) > len("race car on a track")
    assert studio.account()["credits"] > 0


def test_the_remaining_operations(studio):
    small = photo()
    assert studio.inpaint(small, mask=disc(), prompt="sand", colors="#aa8844").pixels.shape == (280, 320, 4)
    assert studio.generate_background(small, mask=disc(), prompt="a garden").units == 40
    assert studio.replace_background(small, prompt="a garden").pixels.shape == (280, 320, 4)
    assert studio.image_to_image(small, prompt="winter", strength=0.2, n=2).units == 70
    assert studio.variations(small, size="1:1").pixels.shape == (1024, 1024, 4)
    assert min(studio.crisp_upscale(photo(40, 36)).pixels.shape[:2]) > 40
    assert studio.creative_upscale(photo(256, 256)).pixels.shape[0] > 256


def test_a_canvas_in_a_wider_colour_space_keeps_its_own_numbers(studio, tmp_path):
    with Image.open(PICTURES / "wren.jpg") as photo_:
        small = photo_.convert("RGB").resize((320, 180))
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    wide = make_profile(swapped)
    small.save(tmp_path / "wide.png", icc_profile=wide)
    mask = np.zeros((180, 320), np.uint8)
    mask[60:100, 120:180] = 255
    notes = []
    studio.erase(tmp_path / "wide.png", mask=mask).save(tmp_path / "out.png", say=notes.append)
    with Image.open(tmp_path / "out.png") as out:
        assert out.info["icc_profile"] == wide
        assert np.array_equal(np.asarray(out)[mask == 0], np.asarray(small)[mask == 0])
        around = np.asarray(small)[50:110, 110:190][np.ones((60, 80), bool)].mean(axis=0)
        assert np.abs(np.asarray(out)[mask > 0].mean(axis=0) - around).max() < 40
    assert not any("profile" in note for note in notes)


def make_profile(srgb):
    """An sRGB profile whose red and green primaries have changed places: clearly another space."""
    red, green = srgb.index(b"rXYZ"), srgb.index(b"gXYZ")
    data = bytearray(srgb)
    data[red + 4 : red + 8], data[green + 4 : green + 8] = srgb[green + 4 : green + 8], srgb[red + 4 : red + 8]
    return bytes(data)


ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))  # D50


def adobe():
    """A profile with the primaries of Adobe RGB (1998), section 4.3.1.1, adapted to D50, and the curve of sRGB."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for tag, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), ADOBE, strict=True):
        at = int.from_bytes(data[data.index(tag) + 4 :][:4], "big") + 8
        data[at : at + 12] = b"".join(round(part * 65536).to_bytes(4, "big") for part in xyz)
    return bytes(data)


GROUND, SPOT = (30, 230, 20), (230, 40, 200)


@pytest.mark.parametrize(
    ("operation", "options", "box", "colour"),
    [
        ("erase", {}, (90, 100, 60, 60), GROUND),
        ("inpaint", {"prompt": "grass"}, (90, 100, 60, 60), GROUND),
        ("outpaint", {"expand_left": 64}, (4, 4, 50, 240), GROUND),
        ("remove_background", {}, (116, 106, 26, 26), SPOT),
        ("crisp_upscale", {}, (0, 0, 80, 80), GROUND),
    ],
)
def test_colours_outside_srgb_come_back_as_they_were(studio, tmp_path, operation, options, box, colour):
    """The ground is greener than sRGB can say: sent as sRGB it came back as 130/230/54."""
    canvas = np.full((256, 256, 3), GROUND, np.uint8)
    canvas[100:140, 110:150] = SPOT
    mask = np.zeros((256, 256), np.uint8)
    mask[90:150, 100:160] = 255
    profile = adobe()
    Image.fromarray(canvas).save(tmp_path / "wide.png", icc_profile=profile)
    chosen = {"mask": mask} if operation in ("erase", "inpaint") else {}
    result = studio.run(operation, tmp_path / "wide.png", **chosen, **options)
    result.save(tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as out:
        assert out.info["icc_profile"] == profile
        seen = np.asarray(out.convert("RGB"))
    left, top, width, height = box
    assert np.abs(seen[top : top + height, left : left + width].astype(int) - colour).max() <= 2
    if chosen:
        assert np.array_equal(seen[mask == 0], canvas[mask == 0])
    # A script is handed sRGB, where that green has no red at all.
    if operation != "remove_background":
        assert result.pixels[8, 8, 0] == 0


@pytest.mark.parametrize("kind", ["path", "bytes", "image", "array"])
def test_pictures_come_in_any_form(studio, tmp_path, kind):
    array = photo()
    image = Image.fromarray(array)
    file = io.BytesIO()
    image.save(file, "PNG")
    (tmp_path / "photo.png").write_bytes(file.getvalue())
    forms = {"path": tmp_path / "photo.png", "bytes": file.getvalue(), "image": image, "array": array}
    plan = studio.job("vectorize", forms[kind]).plan
    assert plan.canvas == (320, 280)


def test_a_drawing_goes_out_as_a_drawing_and_comes_back_as_one(studio):
    drawing = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300" viewBox="0 0 300 300">'
        b'<path d="M0 0L300 0L300 300L0 300z" fill="#00aa00"/><path d="M50 50L90 50L90 90L50 90z" fill="#ff0000"/></svg>'
    )
    mask = np.zeros((300, 300), np.uint8)
    mask[40:100, 40:100] = 255
    result = studio.remove_background(drawing)
    assert result.svg.startswith("<svg")
    assert "#ff0000" in studio.vectorize(result.pixels).svg.lower() or result.pixels[70, 70, 0] > 200
    erased = studio.erase(drawing, mask=mask, context_px=300)
    assert erased.svg.startswith("<svg")
    assert erased.pixels[70, 70, 0] < 100


def test_a_black_mask_selects_nothing(studio, engine):
    with pytest.raises(errors.BadOption, match="black all over"):
        studio.erase(photo(), mask=np.zeros((280, 320), np.uint8))
    with pytest.raises(errors.BadOption, match="lower the threshold"):
        studio.erase(photo(), mask=disc() // 4)
    assert not engine.requests


def test_a_mask_of_another_size_names_both_sizes(studio):
    with pytest.raises(errors.BadPicture, match="64 × 64"):
        studio.erase(photo(), mask=np.full((64, 64), 255, np.uint8))


def test_too_many_or_too_few_references_are_told(studio, engine):
    with pytest.raises(errors.BadOption, match="1 to 10 pictures"):
        studio.create_style("any")
    with pytest.raises(errors.BadOption, match="up to 10"):
        studio.create_style("any", [photo(64, 64)] * 11)
    with pytest.raises(errors.BadOption, match="one weight per picture"):
        studio.create_style("any", [photo(64, 64)], image_weights=[0.5, 0.5])
    assert not engine.requests


def test_there_is_a_method_for_every_operation():
    assert all(callable(getattr(Studio, name)) for name in OPERATIONS)


def test_of_an_answer_in_words_no_picture_is_saved(studio, tmp_path):
    assert studio.job("enhance_prompt", prompt="cat").run().save(tmp_path / "x.png") == []
    assert [*tmp_path.glob("*.png")] == []
