"""Requests as bytes, read back by other people's parsers; answers of every kind."""

import base64
import json
from email import message_from_bytes
from email.policy import HTTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recraft_core.api.wire import Call, File, Raw, decode, encode, fields
from recraft_core.shared import errors

PNG = b"\x89PNG\r\n\x1a\n not really"
ERASE = Call("eraseRegion", {}, (File("image", "image/png", PNG), File("mask", "image/png", b"mask")))
GENERATE = Call("generations", {"prompt": "x", "model": "recraftv3", "n": 2})


def parts(body):
    """{name: (filename, type, bytes)} as the standard library's own parser of MIME sees the body."""
    whole = f"Content-Type: {body.media_type}\r\n\r\n".encode() + b"".join(body)
    message = message_from_bytes(whole, policy=HTTP)
    return {
        part.get_param("name", header="content-disposition"): (
            part.get_filename(), part.get_content_type(), part.get_payload(decode=True),
        )
        for part in message.iter_parts()
    }  # fmt: skip


def test_flat_fields_with_a_picture_go_as_multipart():
    call = Call("inpaint", {"prompt": "häuser\r\nam See", "model": "recraftv3", "n": 2}, ERASE.files)
    body = encode(call)
    read = parts(body)
    assert read["prompt"][2].decode().replace("\r\n", "\n") == "häuser\nam See"
    assert read["n"][2] == b"2"
    assert read["image"] == ("image1.png", "image/png", PNG)
    assert read["mask"][2] == b"mask"
    assert len(body) == sum(len(piece) for piece in body)


def test_yes_and_no_go_as_true_and_false_beside_a_picture():
    read = parts(encode(Call("vectorize", {"block_nsfw": True, "calculate_features": False, "n": 1}, ERASE.files[:1])))
    assert [read[name][2] for name in ("block_nsfw", "calculate_features", "n")] == [b"true", b"false", b"1"]


def test_a_large_picture_goes_out_in_pieces_that_tell_how_far_it_is():
    picture = bytes(range(256)) * 4096
    body = encode(Call("vectorize", {}, (File("file", "image/png", picture),)))
    whole, longest = b"", 0
    for piece in body:
        whole += piece
        longest = max(longest, len(piece))
        assert body.sent == len(whole)
    assert picture in whole
    assert longest < len(picture) // 2


def test_nested_options_with_a_picture_go_as_json_with_data_urls():
    call = Call("inpaint", {"prompt": "x", "colors": (((1, 2, 3), 0.5), ((4, 5, 6), None))}, ERASE.files)
    body = encode(call)
    data = json.loads(b"".join(body))
    assert body.media_type == "application/json"
    assert data["controls"] == {"colors": [{"rgb": [1, 2, 3], "weight": 0.5}, {"rgb": [4, 5, 6]}]}
    assert data["image_url"] == "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert data["mask_url"].endswith(base64.b64encode(b"mask").decode())


def test_lists_with_pictures_go_as_json():
    """Multipart with name[] was never seen at the service; its OpenAPI document has the JSON form."""
    files = tuple(File(f"file{number}", "image/png", bytes([number])) for number in (1, 2))
    body = encode(Call("styles", {"style": "any", "image_weights": (0.25, 0.75), "source_styles": ("a", "b")}, files))
    data = json.loads(b"".join(body))
    assert body.media_type == "application/json"
    assert data["image_urls"] == [f"data:image/png;base64,{text}" for text in ("AQ==", "Ag==")]
    assert (data["image_weights"], data["source_styles"]) == ([0.25, 0.75], ["a", "b"])
    assert encode(Call("styles", {"style": "any"}, files)).media_type.startswith("multipart")


def test_a_picture_is_not_copied_into_the_body():
    picture = bytes(1 << 20)
    body = encode(Call("vectorize", {}, (File("file", "image/png", picture),)))
    assert any(piece is picture for piece in body.pieces)


def test_what_was_handed_out_is_counted_and_starts_again():
    body = encode(ERASE)
    assert (body.sent, body.complete) == (0, False)
    first = next(iter(body))
    assert body.sent == len(first)
    assert b"".join(body) == b"".join(body)
    assert body.complete


def test_a_get_has_no_body():
    assert encode(Call("users/me", {})) is None


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from(["prompt", "size", "style"]), st.text(min_size=1), min_size=1))
def test_json_bodies_say_what_was_asked(values):
    assert json.loads(b"".join(encode(Call("generations", values)))) == values


def test_controls_are_nested_and_nothing_empty_is_sent():
    assert fields({"prompt": "x", "style": None, "no_text": True, "background_color": (0, 0, 0)}) == {
        "prompt": "x",
        "controls": {"no_text": True, "background_color": {"rgb": [0, 0, 0]}},
    }
    assert fields({"prompt": "x", "colors": ()}) == {"prompt": "x"}


@pytest.mark.parametrize(
    ("values", "sent"),
    [
        ({"max_num_shapes": 9}, {"max_num_shapes": 9, "limit_num_shapes": "on"}),
        ({"counted": [((1, 2, 255), 1 / 3)]}, {"colors": [{"hex": "#0102ff", "weight": 0.333333}]}),
        ({"palette": (((1, 2, 3), None), ((4, 5, 6), 0.5))},
         {"palette": {"colors": [{"rgb": [1, 2, 3]}, {"rgb": [4, 5, 6], "weight": 0.5}]}}),
        ({"color_reduction": True, "return_gradients": False}, {"color_reduction": "on", "return_gradients": "off"}),
        ({"small_shape_filter": False, "svg_compression": True}, {"small_shape_filter": "off", "svg_compression": "on"}),
        ({"svg_compression": "on", "block_nsfw": True}, {"svg_compression": "on", "block_nsfw": True}),
        ({"artistic_level": 0, "no_text": False}, {"controls": {"artistic_level": 0, "no_text": False}}),
        ({"style_references": ("a.png",)}, {}),
    ],
)  # fmt: skip
def test_values_go_under_the_names_and_in_the_form_of_the_service(values, sent):
    assert fields(values) == sent


@pytest.mark.parametrize("values", [{"artistic_level": 2}, {"no_text": True}, {"background_color": (1, 2, 3)}])
def test_a_nested_option_with_a_picture_goes_as_json(values):
    assert encode(Call("inpaint", {"prompt": "x", **values}, ERASE.files)).media_type == "application/json"


def test_each_picture_has_its_name_in_json_and_its_kind_in_multipart():
    lists = {"strict_color_palette": ((1, 2, 3),)}
    traced = json.loads(b"".join(encode(Call("vectorize", lists, (File("file", "image/png", b"a"),)))))
    assert traced["image_url"] == "data:image/png;base64,YQ=="
    styled = Call("generations", {}, (File("style_references", "image/png", b"a"), File("style_references", "image/png", b"b")))
    assert json.loads(b"".join(encode(styled))) == {
        "style_reference_urls": ["data:image/png;base64,YQ==", "data:image/png;base64,Yg=="]
    }
    drawing = parts(encode(Call("vectorize", {}, (File("file", "image/svg+xml", b"<svg/>"),))))
    assert drawing["file"] == ("file1.svg", "image/svg+xml", b"<svg/>")


@pytest.mark.parametrize(
    ("call", "count", "pictures"),
    [
        (GENERATE, 2, 2), (ERASE, 1, 1), (Call("generations", {}), 1, 1), (Call("explore", {"prompt": "x"}), None, 8),
        (Call("prompts/enhance", {}), 1, 0), (Call("styles", {}), 1, 0), (Call("users/me", {}), 1, 0),
    ],
)  # fmt: skip
def test_how_many_pictures_a_call_makes(call, count, pictures):
    assert (call.count, call.pictures, call.asked.count) == (count, pictures, count)


def test_a_value_in_a_path_cannot_become_another_path():
    (path,) = Call("styles/delete", {"style_id": "../users/me?x"}).paths
    assert path == "/styles/..%2Fusers%2Fme%3Fx"


def test_the_bytes_of_a_picture_are_in_no_repr():
    assert "really" not in repr(ERASE)
    assert "secret" not in repr(Raw(200, {}, b"secret"))


def test_an_answer_is_kept_as_it_came_and_read_again():
    headers = {"content-type": "image/png\r\nx", "date": "today", "x-recraft-requestid": "r1", "set-cookie": "no"}
    raw = Raw(201, headers, b"\x00body\r\n\r\nmore")
    data = bytes(raw)
    assert data == (
        b"HTTP/1.1 201\r\ncontent-type: image/png x\r\ndate: today\r\nx-recraft-requestid: r1\r\n\r\n\x00body\r\n\r\nmore"
    )
    kept = {"content-type": "image/png x", "date": "today", "x-recraft-requestid": "r1"}
    assert Raw.of(data) == Raw(201, kept, raw.body)
    assert Raw.of(bytes(Raw(200, {}, b"half", whole=False))) == Raw(200, {}, b"half", whole=False)
    for other in (b"", b"HTTP/1.1 200", b"HTTP/1.1 200\r\n", b"HTTP/2 200\r\n\r\nbody", b"\r\n\r\n"):
        with pytest.raises(ValueError, match="no answer"):
            Raw.of(other)


@pytest.mark.parametrize(("status", "good"), [(199, False), (200, True), (299, True), (300, False)])
def test_only_200_to_299_is_an_answer(status, good):
    try:
        assert answer(Call("prompts/enhance", {}), {"enhanced_prompt": "more"}, status).body == {"prompt": "more"}
    except errors.RecraftError:
        assert not good
    else:
        assert good


def test_the_price_is_that_of_the_request_itself():
    assert GENERATE.units == 80
    assert Call("generations", {"model": "recraftv4_1_pro_vector", "n": 3}).units == 900
    assert ERASE.units == 2


def answer(call, data, status=200, **headers):
    return decode(call, status, {"content-type": "application/json", **headers}, json.dumps(data).encode())


def test_both_answer_shapes_are_read():
    listed = {"created": 1, "credits": 80, "data": [{"image_id": "a", "url": "https://x/a"}, {"image_id": "b", "b64_json": "aGk="}]}
    got = answer(GENERATE, listed, **{"x-recraft-requestid": "r1"})
    assert (got.units, got.request_id) == (80, "r1")
    assert [(made.image_id, made.url, made.data) for made in got.pictures] == [("a", "https://x/a", b""), ("b", "", b"hi")]
    single = answer(ERASE, {"created": 1, "credits": 2, "image": {"image_id": "a", "url": "https://x/a"}})
    assert single.pictures[0].url == "https://x/a"


def test_a_paid_picture_is_not_lost_for_want_of_words_beside_it():
    bare = answer(GENERATE, {"data": [{"url": "https://x/a"}]})
    assert (bare.units, bare.pictures[0].url) == (80, "https://x/a")
    assert answer(Call("prompts/enhance", {}), {"enhanced_prompt": "more"}).units == 10


def test_answers_without_pictures_are_read():
    user = {"credits": 1000, "email": "a@b", "id": "u", "name": "N"}
    assert answer(Call("users/me", {}), user).body == user
    assert answer(Call("prompts/enhance", {}), {"enhanced_prompt": "more"}).body == {"prompt": "more"}
    assert answer(Call("styles", {}), {"id": "s", "credits": 40, "style": "any"}).units == 40


@pytest.mark.parametrize(
    ("status", "kind", "body", "content_type", "quoted"),
    [
        (400, errors.Refused, '{"code": "invalid_model", "message": "no such model"}', "application/json", "no such model"),
        (401, errors.KeyTrouble, "request unauthorized", "text/plain", "request unauthorized"),
        (402, errors.OutOfUnits, "", "text/plain", ""),
        (400, errors.OutOfUnits, '{"code": "not_enough_credits", "message": "0 left"}', "application/json", "0 left"),
        (404, errors.Refused, "404 page not found", "text/plain", "page not found"),
        (413, errors.Refused, "", "text/html", ""),
        (429, errors.TooFast, '{"code": "rate_limit_exceeded", "message": "Rate limit exceeded"}', "application/json", "Rate"),
        (418, errors.Refused, "teapot", "text/plain", "teapot"),
        (500, errors.Unanswered, "<html>oops</html>", "text/html", ""),
        (503, errors.Unanswered, "[1, 2]", "application/json", ""),
        (502, errors.Unanswered, "<html>Bad gateway</html>", "text/html", ""),
        (504, errors.Unanswered, '{"code": "overloaded", "message": "try later"}', "application/json", "try later"),
    ],
)  # fmt: skip
def test_refusals_become_the_error_that_fits(status, kind, body, content_type, quoted):
    with pytest.raises(errors.RecraftError) as caught:
        decode(GENERATE, status, {"content-type": content_type}, body.encode())
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert quoted in caught.value.what
    assert "html" not in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Sign in</html>", b"[]", b"{}", b'{"credits": 1}', b"\xff\xfe", b"[" * 90_000, b"[" * 200_000, b"null",
     b'{"credits": 1, "data": 7}', b'{"credits": 40, "data": [{"url": "https://x/', b"{" * 100],
)  # fmt: skip
def test_an_answer_without_sense_says_so_and_that_money_may_be_gone(body):
    with pytest.raises(errors.BadAnswer) as caught:
        decode(GENERATE, 200, {"content-type": "application/json"}, body)
    assert caught.value.charged
