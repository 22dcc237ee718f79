"""What pictures say of how they were made, and what they keep of the camera: read back by other programs' readers."""

import base64
import io
import json
import shutil
import struct
import subprocess
import zlib
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, IptcImagePlugin, features
from recraft_core import Studio, cli, redaction
from recraft_core.api.client import Client
from recraft_core.imaging import exif, signed, xmp
from recraft_core.imaging.c2pa import manifests
from recraft_core.imaging.readfile import read_picture, write_picture
from recraft_core.imaging.svg import sanitise
from recraft_core.operations import NoJournal
from recraft_core.shared.geometry import Size
from recraft_core.shared.operations import OPERATIONS
from recraft_core.shared.provenance import joined, source_type

EXIFTOOL = shutil.which("exiftool")
TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
WRITTEN = ["png", "jpg", "webp", "tif", *(["avif"] if features.check("avif") else [])]
EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
SAYS = xmp.Statement(
    "compositeWithTrainedAlgorithmicMedia", "Recraft Canvas", "2026-01-02T03:04:05+00:00",
    {"operation": "inpaint", "model": "recraftv3", "prompt": "a „boat“ & <b>\x00"}, "Recraft",
)  # fmt: skip
PACKET = (
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    "<rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:tiff='http://ns.adobe.com/tiff/1.0/'"
    " xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:own='https://example.org/own/'"
    " xmlns:e='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' xmlns:c='http://ns.google.com/photos/1.0/container/'"
    f" xmp:Rating='4' tiff:Orientation='6' e:DigitalSourceType='{TERMS}digitalCapture' c:Directory='gone'>"
    "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Dünen</rdf:li></rdf:Alt></dc:title><own:note>mine</own:note>"
    "<xmp:Thumbnails>/9j/4AAQ</xmp:Thumbnails></rdf:Description></rdf:RDF></x:xmpmeta>"
).encode()
IPTC = b"\x1c\x02\x78\x00\x05Dunes"  # 2:120, the caption


def small_jpeg():
    out = io.BytesIO()
    Image.effect_noise((40, 30), 90).save(out, "JPEG")
    return out.getvalue()


def exif_block(note=b"NOTE\0 of the maker"):
    """An EXIF block by hand, with a second directory that holds a small picture: Pillow writes none."""
    inner = {36867: (2, b"2025:07:01 12:00:00\0"), 37500: (7, note), 40962: (3, 80), 40963: (3, 60)}
    place = {1: (2, b"N\0"), 2: (5, struct.pack("<6I", 48, 1, 6, 1, 0, 1))}
    first = {271: (2, b"Canon\0"), 274: (3, 6), 34665: inner, 34853: place}
    head, thumbnail = b"II*\0\x08\0\0\0", small_jpeg()
    body = directory(first, 8, following=True)
    at = 8 + len(body)
    second = directory({259: (3, 6), 513: (4, at + 42), 514: (4, len(thumbnail))}, at)
    assert len(second) == 42
    where = 8 + 2 + 12 * len(first)
    data = bytearray(head + body + second + thumbnail)
    data[where : where + 4] = struct.pack("<I", at)
    return b"Exif\0\0" + bytes(data), thumbnail


def directory(tags, at, following=False):
    entries, behind = b"", b""
    at += 2 + 12 * len(tags) + 4
    for tag, held in sorted(tags.items()):
        kind, value = (4, None) if isinstance(held, dict) else held
        place = at + len(behind)
        if isinstance(held, dict):
            behind += directory(held, place)
            entries += struct.pack("<HHII", tag, kind, 1, place)
        elif isinstance(value, int):
            entries += struct.pack("<HHII", tag, kind, 1, value)
        elif len(value) <= 4:
            entries += struct.pack("<HHI4s", tag, kind, len(value) // {2: 1, 5: 8, 7: 1}[kind], value)
        else:
            entries += struct.pack("<HHII", tag, kind, len(value) // {2: 1, 5: 8, 7: 1}[kind], place)
            behind += value + b"\0" * (len(value) % 2)
    return struct.pack("<H", len(tags)) + entries + bytes(4) + behind


def photograph(path, **how):
    """A file as a camera and an editor leave one, written by Pillow, lying on its side."""
    block, thumbnail = exif_block(**how)
    resource = b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(IPTC)) + IPTC
    data = b"Photoshop 3.0\0" + resource
    segment = b"\xff\xed" + struct.pack(">H", len(data) + 2) + data
    Image.effect_mandelbrot((80, 60), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(
        path, "JPEG", quality=95, exif=block, xmp=PACKET, extra=segment
    )
    return thumbnail


def reread(path):
    """What Pillow reads: EXIF, its inner directories, and the packet of XMP as a tree."""
    with Image.open(path) as image:
        image.load()
        held = image.getexif()
        packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
        inner = dict(held.get_ifd(ExifTags.IFD.Exif)), dict(held.get_ifd(ExifTags.IFD.GPSInfo))
        return dict(held), *inner, ET.fromstring(packet), image.size  # noqa: S314 - we wrote it


def value(tree, name):
    return next((one.text for one in tree.iter(EXT + name)), None)


@pytest.mark.parametrize("suffix", WRITTEN)
def test_every_kind_keeps_what_the_camera_wrote_and_says_how_it_was_made(tmp_path, suffix):
    thumbnail = photograph(tmp_path / "camera.jpg")
    source = read_picture(tmp_path / "camera.jpg")
    out = tmp_path / f"out.{suffix}"
    write_picture(out, source.pixels, like=source, says=SAYS)
    first, inner, place, packet, size = reread(out)
    assert size == (60, 80)
    assert first.get(274, 1) == 1
    assert (first[271], inner[36867], place[1]) == ("Canon", "2025:07:01 12:00:00", "N")
    assert (inner[40962], inner[40963]) == (60, 80)
    assert inner[37500] == b"NOTE\0 of the maker"
    assert thumbnail[-80:-20] not in out.read_bytes()
    assert value(packet, "DigitalSourceType") == TERMS + "compositeWithTrainedAlgorithmicMedia"
    assert value(packet, "AIPromptInformation") == "a „boat“ & <b>"
    text = ET.tostring(packet, encoding="unicode")
    assert "Dünen" in text
    assert "mine" in text
    assert not any(gone in text for gone in ("9j/4AAQ", "container", "digitalCapture", 'Orientation="6"'))


def test_iptc_goes_along(tmp_path):
    photograph(tmp_path / "camera.jpg")
    source = read_picture(tmp_path / "camera.jpg")
    for suffix in ("jpg", "tif", "png"):
        write_picture(tmp_path / f"out.{suffix}", source.pixels, like=source)
        assert read_picture(tmp_path / f"out.{suffix}").carried.iptc == IPTC
    for suffix in ("jpg", "tif"):
        with Image.open(tmp_path / f"out.{suffix}") as image:
            assert IptcImagePlugin.getiptcinfo(image)[2, 120] == b"Dunes"


@pytest.mark.skipif(EXIFTOOL is None, reason="NOT CHECKED: metadata as ExifTool reads them, which is not installed")
@pytest.mark.parametrize("suffix", WRITTEN)
def test_exiftool_reads_the_same(tmp_path, suffix):
    photograph(tmp_path / "camera.jpg")
    source = read_picture(tmp_path / "camera.jpg")
    write_picture(tmp_path / f"out.{suffix}", source.pixels, like=source, says=SAYS)
    done = subprocess.run([EXIFTOOL, "-j", "-n", str(tmp_path / f"out.{suffix}")], capture_output=True, check=True)
    told = json.loads(done.stdout)[0]
    assert (told["Make"], told["DateTimeOriginal"], told["GPSLatitude"]) == ("Canon", "2025:07:01 12:00:00", 48.1)
    assert told["DigitalSourceType"] == TERMS + "compositeWithTrainedAlgorithmicMedia"
    assert (told.get("Orientation", 1), "ThumbnailImage" in told, "Error" in told) == (1, False, False)


def test_a_makers_note_goes_where_it_shows_the_picture_as_it_was(tmp_path):
    hidden = b"NOTE" + small_jpeg()
    photograph(tmp_path / "camera.jpg", note=hidden)
    source = read_picture(tmp_path / "camera.jpg")
    write_picture(tmp_path / "out.jpg", source.pixels, like=source)
    _, inner, _, _, _ = reread(tmp_path / "out.jpg")
    assert 37500 not in inner
    assert inner[36867] == "2025:07:01 12:00:00"
    assert hidden[-80:-20] not in (tmp_path / "out.jpg").read_bytes()


def test_damaged_exif_is_told_and_left_out(tmp_path):
    out = io.BytesIO()
    block = b"Exif\0\0II*\0\xff\xff\0\0"
    Image.new("RGB", (40, 40), "red").save(out, "JPEG", exif=block)
    source = read_picture(out.getvalue())
    assert "EXIF data are damaged" in write_picture(tmp_path / "out.jpg", source.pixels, like=source)
    assert not read_picture(tmp_path / "out.jpg").carried.exif


@given(st.binary(max_size=300))
def test_no_block_can_do_harm(data):
    for start in (b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"):
        try:
            made = exif.brought_up_to_date(start + data, Size(3, 4), srgb=True)
        except ValueError:
            continue
        assert bool(made) == bool(start or data)
    xmp.stated(data, SAYS, Size(3, 4))
    assert manifests(data) == ()


# --- what is said ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "online", "offline"),
    [
        ("generate", "trainedAlgorithmicMedia", "algorithmicMedia"),
        ("variations", "trainedAlgorithmicMedia", "algorithmicMedia"),
        ("inpaint", "compositeWithTrainedAlgorithmicMedia", "composite"),
        ("erase", "compositeWithTrainedAlgorithmicMedia", "algorithmicallyEnhanced"),
        ("image_to_image", "compositeWithTrainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"),
        ("creative_upscale", "compositeWithTrainedAlgorithmicMedia", "algorithmicallyEnhanced"),
        ("crisp_upscale", "algorithmicallyEnhanced", "algorithmicallyEnhanced"),
    ],
)
def test_the_source_type_is_a_term_of_iptcs_list(operation, online, offline):
    shape = OPERATIONS[operation].shape
    assert source_type(operation, shape, offline=False) == online
    assert source_type(operation, shape, offline=True) == offline


def test_what_a_picture_said_of_machines_is_never_taken_back():
    assert joined(TERMS + "trainedAlgorithmicMedia", "algorithmicallyEnhanced") == "trainedAlgorithmicMedia"
    assert joined(TERMS + "digitalCapture", "algorithmicallyEnhanced") == "algorithmicallyEnhanced"
    assert joined("algorithmicallyEnhanced", "composite") == "composite"
    twice = xmp.stated(xmp.stated(PACKET, SAYS), xmp.Statement("algorithmicallyEnhanced", "x", "", {"operation": "y"}))
    told = xmp.reads(twice)
    assert told["source_type"] == "compositeWithTrainedAlgorithmicMedia"
    assert [json.loads(one["parameters"])["operation"] for one in told["history"]] == ["inpaint", "y"]


@pytest.fixture
def studio(engine, key, tmp_path, monkeypatch):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "config").mkdir(parents=True)
    return Studio(service=Client(key, engine.base_url), journal=NoJournal())


@pytest.mark.parametrize(("wish", "said", "prompted"), [("all", True, True), ("no-prompt", True, False), ("off", False, False)])  # fmt: skip
def test_one_setting_turns_the_prompt_or_all_of_it_off(studio, tmp_path, wish, said, prompted):
    (tmp_path / "home" / "config" / "settings.json").write_text(json.dumps({"provenance": wish}))
    photograph(tmp_path / "camera.jpg")
    mask = np.zeros((80, 60), np.uint8)
    mask[20:40, 20:40] = 255
    prompt = f"a kite {wish} SECRET-rk-0123456789abcdef"
    redaction.register("SECRET-rk-0123456789abcdef")
    try:
        result = studio.inpaint(tmp_path / "camera.jpg", mask=mask, prompt=prompt)
        result.save(tmp_path / "out.png")
    finally:
        redaction.forget("SECRET-rk-0123456789abcdef")
    data = (tmp_path / "out.png").read_bytes()
    assert (b"inpaint" in data, b"a kite" in data) == (said, prompted)
    assert b"Canon" in data
    assert b"SECRET" not in data
    assert str(tmp_path).encode() not in data


def test_a_picture_of_its_own_takes_nothing_of_the_cameras(studio, tmp_path):
    photograph(tmp_path / "camera.jpg")
    studio.variations(tmp_path / "camera.jpg").save(tmp_path / "out.png")
    data = (tmp_path / "out.png").read_bytes()
    assert b"trainedAlgorithmicMedia" in data
    assert b"Canon" not in data


def test_a_drawing_says_it_in_its_metadata(studio, tmp_path):
    studio.generate("a key for the shed", vector=True).save(tmp_path / "out.svg")
    tree = ET.parse(tmp_path / "out.svg").getroot()  # noqa: S314 - we wrote it
    assert tree[0].tag == "{http://www.w3.org/2000/svg}metadata"
    assert value(tree[0], "DigitalSourceType") == TERMS + "trainedAlgorithmicMedia"
    assert value(tree[0], "AIPromptInformation") == "a key for the shed"


# --- content credentials ---------------------------------------------------------------------------------------------


def box(kind, *parts):
    data = b"".join(parts)
    return struct.pack(">I4s", len(data) + 8, kind) + data


def superbox(label, *parts):
    return box(b"jumb", box(b"jumd", bytes(16), b"\x03", label.encode(), b"\0"), *parts)


def text(words):
    data = words.encode()
    return (bytes([0x60 + len(data)]) if len(data) < 24 else bytes([0x78, len(data)])) + data


SOURCE = TERMS + "trainedAlgorithmicMedia"
ACTION = b"\xa2" + text("action") + text("c2pa.created") + text("digitalSourceType") + text(SOURCE)
CLAIM = b"\xa2" + text("dc:title") + text("boat") + text("claim_generator_info") + b"\x9f\xa2" + text("name") + text("Recraft") + text("version") + text("4") + b"\xff"  # fmt: skip
STORE = superbox(
    "c2pa",
    superbox(
        "urn:c2pa:1",
        superbox(
            "c2pa.assertions", superbox("c2pa.actions.v2", box(b"cbor", b"\xa1" + text("actions") + b"\x81" + ACTION))
        ),
        superbox("c2pa.claim.v2", box(b"cbor", CLAIM)),
        superbox("c2pa.signature", box(b"cbor", b"\x40")),
    ),
)


def in_png(picture, store=STORE):
    chunk = b"caBX" + store
    return picture[:33] + struct.pack(">I", len(store)) + chunk + struct.pack(">I", zlib.crc32(chunk)) + picture[33:]


def in_jpeg(picture, store=STORE):
    """In two segments: each begins with the header of the box."""
    out, pieces = picture[:2], (store[8:200], store[200:])
    for number, piece in enumerate(pieces, 1):
        body = b"JP" + struct.pack(">HI", 1, number) + store[:8] + piece
        out += b"\xff\xeb" + struct.pack(">H", len(body) + 2) + body
    return out + picture[2:]


def in_webp(picture, store=STORE):
    data = picture[12:] + b"C2PA" + struct.pack("<I", len(store)) + store + b"\0" * (len(store) % 2)
    return b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP" + data


def in_tiff(picture, store=STORE):
    with Image.open(io.BytesIO(picture)) as image:
        out = io.BytesIO()
        image.save(out, "TIFF", tiffinfo={52545: store})
    return out.getvalue()


def in_avif(_picture, store=STORE):
    uuid = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
    return box(b"ftyp", b"avif") + box(b"uuid", uuid, bytes(4), b"manifest\0", bytes(8), store)


def in_svg(_picture, store=STORE):
    return (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><metadata>'
        b'<c2pa:manifest xmlns:c2pa="http://c2pa.org/manifest">' + base64.b64encode(store) + b"</c2pa:manifest>"
        b'</metadata><rect width="9" height="9" fill="red"/></svg>'
    )


def saved(kind):
    out = io.BytesIO()
    Image.effect_mandelbrot((64, 64), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(out, kind, lossless=True)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "put"),
    [("PNG", in_png), ("JPEG", in_jpeg), ("WEBP", in_webp), ("TIFF", in_tiff), ("PNG", in_avif), ("PNG", in_svg)],
)
def test_credentials_are_found_in_files_of_every_kind(kind, put):
    (found,) = manifests(put(saved(kind)))
    assert (found.label, found.generator, found.title) == ("urn:c2pa:1", "Recraft 4", "boat")
    assert (found.sources, found.assertions) == (("trainedAlgorithmicMedia",), ("c2pa.actions.v2",))


@given(st.integers(0, len(STORE) - 1), st.binary(min_size=1, max_size=6))
def test_damaged_credentials_do_no_harm(at, noise):
    manifests(in_png(saved("PNG"), STORE[:at] + noise + STORE[at + len(noise) :]))
    manifests(in_png(saved("PNG"), STORE[:at]))


def test_a_signed_picture_is_kept_as_it_came_and_nothing_else_is():
    data = in_png(saved("PNG"))
    pixels = read_picture(data).pixels
    assert signed.kept_picture(data, ".png", pixels) == data
    assert signed.kept_picture(data, ".webp", pixels) == b""
    assert signed.kept_picture(saved("PNG"), ".png", pixels) == b""
    assert signed.kept_picture(data, ".png", 255 - pixels) == b""


def test_a_signed_drawing_is_kept_as_it_came_where_it_is_safe():
    data = in_svg(b"")
    assert signed.kept_drawing(data, sanitise(data)) == data
    assert b"manifest" not in sanitise(data)
    for attack in (
        b'<?xml-stylesheet href="http://evil.example/a.css"?>' + data,
        b'<!DOCTYPE svg SYSTEM "http://evil.example/a.dtd">' + data,
        data.replace(b"</metadata>", b'<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script></metadata>'),
        data.replace(b"</metadata>", b'<p xmlns="http://www.w3.org/1999/xhtml" onclick="x()"/></metadata>'),
        data.replace(b"<rect", b'<rect onclick="x()"'),
        data.replace(b"<rect", b'<image href="http://evil.example/a.png"/><rect'),
        b"<?xml version='1.0' encoding='utf-7'?>" + data,
        data.replace(b"<c2pa:manifest ", b'<c2pa:manifest onclick="x()" '),
    ):
        try:
            clean = sanitise(attack)
        except Exception:  # noqa: BLE001, S112 - what is refused is not kept either
            continue
        assert signed.kept_drawing(attack, clean) == b"", attack


# --- reading it back -------------------------------------------------------------------------------------------------


def inspect(capsys, *arguments):
    code = cli.main(["inspect", *map(str, arguments)])
    return code, capsys.readouterr().out


def test_inspect_tells_what_a_file_is_and_says(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    photograph(tmp_path / "camera.jpg")
    (tmp_path / "signed.jpg").write_bytes(in_jpeg((tmp_path / "camera.jpg").read_bytes()))
    code, out = inspect(capsys, tmp_path / "signed.jpg", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["kind"], told["size"], told["orientation"], told["bits"]) == ("JPEG", [60, 80], 6, 8)
    assert (told["made"]["source_type"], told["place"]) == ("digitalCapture", True)
    assert told["credentials"][0]["generator"] == "Recraft 4"
    _, lines = inspect(capsys, tmp_path / "signed.jpg")
    assert "turned by its EXIF orientation, 6" in lines
    assert "urn:c2pa:1, by Recraft 4: trainedAlgorithmicMedia" in lines
    assert "not verified" in lines


def test_inspect_reads_what_it_can_of_what_it_cannot_open(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("RECRAFT_HOME", str(tmp_path / "home"))
    (tmp_path / "odd.avif").write_bytes(in_avif(b""))
    code, out = inspect(capsys, tmp_path / "odd.avif")
    assert code == 4
    assert "trouble:" in out
    assert "urn:c2pa:1" in out


def test_inspect_reads_a_drawing_of_ours(studio, tmp_path, capsys):
    studio.generate("a red key", vector=True).save(tmp_path / "out.svg")
    code, out = inspect(capsys, tmp_path / "out.svg", "--json")
    told = json.loads(out)
    assert (code, told["kind"], told["made"]["ai_prompt"]) == (0, "SVG", "a red key")
