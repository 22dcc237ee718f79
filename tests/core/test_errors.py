"""No error without a remedy, an exit code and a way through the worker's pipe."""

import json

import pytest
from recraft_core.shared import errors


@pytest.mark.parametrize("kind", errors.kinds().values(), ids=list(errors.kinds()))
def test_every_error_is_documented_and_keeps_its_remedy(kind):
    assert kind.__doc__
    assert isinstance(kind.exit_code, errors.Exit)
    error = kind("It broke.", remedy="Mend it.", status=500, code="c", request_id="r", charged=True, option="n")
    assert str(error) == "It broke. Mend it."
    again = errors.from_dict(json.loads(json.dumps(error.as_dict())))
    assert (type(again), again.__dict__) == (kind, error.__dict__)


def test_no_error_can_be_raised_without_a_remedy():
    with pytest.raises(TypeError):
        errors.BadOption("It broke.")


def test_the_tree_is_drawn_as_it_is():
    drawn = errors.__doc__
    assert all(name in drawn for name in errors.kinds())


def test_the_exit_codes_are_a_promise():
    assert {code.name: int(code) for code in errors.Exit} == {
        "OK": 0, "BUG": 1, "OPTION": 2, "KEY_OR_UNITS": 3, "PICTURE": 4, "REFUSED": 5, "NETWORK": 6, "ENGINE": 7,
        "STORAGE": 8, "PARTLY": 9, "CANCELLED": 130,
    }  # fmt: skip
