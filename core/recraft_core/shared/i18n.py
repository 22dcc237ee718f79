"""Sentences for people: an English template with named values, and the same in the user's language.

    say("The mask is {size}, the picture {other}.", size=size, other=other)     a Sentence, which is its English text
    say_n("{n} picture", "{n} pictures", n)                                     with the plural's forms
    tr(sentence)                                                                in the user's language

The template is the msgid of the catalogues (`locale/` of the project, gettext's format). A text without values needs no
`say`: it is its own msgid, looked up where it is shown. `N_` marks such a text for the extractor where neither the call
nor the field it stands in does. Nothing ever looks at a finished sentence.
"""

from __future__ import annotations

import gettext
import os
import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Union

Value = Union["Sentence", str, int, float]
DOMAIN = "recraft"
ENGLISH = "en"
# Where a build, or the installation of a plugin, puts the compiled catalogues.
FOLDER = Path(__file__).parent / "locale"
_ENVIRONMENT = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
# {name} or {name:,.2f}; no attributes and no widths: a template may have come through a pipe.
_HOLE = re.compile(r"\{\{|\}\}|\{([a-z_][a-z0-9_]*)(?::(,?(?:\.\d{1,2})?[dfg%]?))?\}")


class Sentence(str):
    """English text that knows its `template`, the template's `plural` ("" without one) and `values` by name.

    `values["n"]` chooses between template and plural.
    """

    __slots__ = ("plural", "template", "values")
    template: str
    plural: str
    values: Mapping[str, Value]

    def __new__(cls, template: str, values: Mapping[str, Value], plural: str = "") -> Sentence:  # noqa: PYI034
        """The sentence in English."""
        chosen = plural if plural and values["n"] != 1 else template
        self = super().__new__(cls, _filled(chosen, values, str) if values else chosen)
        self.template, self.plural, self.values = template, plural, dict(values)
        return self

    def __str__(self) -> str:
        """Itself: an exception made with a sentence still tells it as one."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """To be copied and pickled whole."""
        return Sentence, (self.template, self.values, self.plural)

    def mapped(self, change: Callable[[str], str]) -> Sentence:
        """The same sentence with `change` made to each text among its values."""
        values = {name: _changed(value, change) for name, value in self.values.items()}
        return Sentence(self.template, values, self.plural)


def _changed(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, Sentence):
        return value.mapped(change)
    return change(value) if isinstance(value, str) else value


def _filled(template: str, values: Mapping[str, Value], spell: Callable[[Any], str]) -> str:
    """The template with its values; `spell` gives texts, and numbers as they were formatted, their last shape."""

    def put(match: re.Match[str]) -> str:
        name, form = match[1], match[2]
        if name is None:
            return match[0][0]  # {{ or }}
        if name not in values:
            return match[0]
        value = values[name]
        if form and not isinstance(value, str):
            return spell(_Number(format(value, form)))
        return spell(value)

    return _HOLE.sub(put, template)


class _Number(str):
    """A number in its English form: 1,234.5."""

    __slots__ = ()


def say(template: str, /, **values: Any) -> Sentence:
    """A sentence for people. Numbers stay numbers, sentences sentences; everything else is taken as its text.

    >>> say("{count:,} units", count=1200)
    '1,200 units'
    """
    if isinstance(template, Sentence) and not values:
        return template
    return Sentence(str(template), {name: _held(value) for name, value in values.items()})


def say_n(singular: str, plural: str, n: int, /, **values: Any) -> Sentence:
    """A sentence about `n` things, which it may name as {n}."""
    return Sentence(singular, {"n": n, **{name: _held(value) for name, value in values.items()}}, plural)


def _held(value: Any) -> Value:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value + 0  # of an IntEnum or a number of numpy's, the number alone
    return value if isinstance(value, str) else str(value)


def join(*sentences: str) -> Sentence:
    """Several sentences, one after the other; what is empty is left out."""
    some = [one for one in sentences if one]
    if len(some) == 1:
        return say(some[0]) if isinstance(some[0], Sentence) else Sentence("{one}", {"one": _own(some[0])})
    return Sentence(" ".join(f"{{s{at}}}" for at in range(len(some))), {f"s{at}": _own(s) for at, s in enumerate(some)})


def _own(text: str) -> Sentence:
    """A text of ours as a sentence without values."""
    return text if isinstance(text, Sentence) else Sentence(str(text), {})


def any_of(names: Any) -> Sentence:
    """A list to choose from: a, b or c."""
    *most, last = names
    return say("{some} or {last}", some=", ".join(most), last=last) if most else Sentence("{last}", {"last": last})


def all_of(names: Any) -> Sentence:
    """A list: a, b and c."""
    *most, last = names
    return say("{some} and {last}", some=", ".join(most), last=last) if most else Sentence("{last}", {"last": last})


def reworded(text: str, table: Mapping[str, str]) -> str:
    """The text, or the sentences in it, with other templates: what is on the left of `table` becomes the right."""
    if not isinstance(text, Sentence):
        return table.get(text, text)
    if text.template in table:
        return say(table[text.template], **text.values)
    values = {name: reworded(one, table) if isinstance(one, Sentence) else one for name, one in text.values.items()}
    return Sentence(text.template, values, text.plural)


def N_(text: str) -> str:  # noqa: N802 - gettext's name
    """The text as it is: marks it for the extractor."""
    return text


# --- through a pipe -------------------------------------------------------------------------------------------------


def to_data(value: Any) -> Any:
    """Plain data with each sentence in it as {"say", "values"} (and "plural"), for JSON; `from_data` reverses it."""
    if isinstance(value, Sentence):
        data = {"say": value.template, "values": to_data(value.values)}
        return {**data, "plural": value.plural} if value.plural else data
    if isinstance(value, Mapping):
        return {name: to_data(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_data(item) for item in value]
    return value


def from_data(data: Mapping[str, Any]) -> Any:
    """The sentence that `to_data` made this mapping from, or the mapping itself; fit to be json's `object_hook`."""
    if not ({"say", "values"} <= data.keys() <= {"say", "values", "plural"}):
        return data
    template, plural, values = data["say"], data.get("plural", ""), data["values"]
    if not isinstance(template, str) or not isinstance(plural, str) or not isinstance(values, Mapping):
        return data
    if not all(isinstance(one, (str, int, float)) for one in values.values()) or (plural and "n" not in values):
        return data
    return Sentence(template, values, plural)


# --- in the user's language -----------------------------------------------------------------------------------------

_chosen = ""


def use(language: str) -> None:
    """Speak this language from now on, as a host or its user wants: "pt_BR", "de:fr"; "" as the environment says."""
    global _chosen  # noqa: PLW0603 - one process speaks to one person
    _chosen = language


def language() -> str:
    """The language spoken: a catalogue's name, or "en"."""
    wanted = _chosen or next(filter(None, map(os.environ.get, _ENVIRONMENT)), "") or _of_the_system()
    return _matching(wanted)


def _of_the_system() -> str:
    """Windows says it in no variable."""
    if sys.platform != "win32":
        return ""
    import ctypes
    import locale

    return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")


def languages() -> list[str]:
    """The languages there is a compiled catalogue for, without English."""
    return sorted(path.parts[-3] for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))


@lru_cache(maxsize=64)
def _matching(wanted: str) -> str:
    """The first of `wanted` ("de_DE.UTF-8:fr") that is spoken here, else English."""
    known = languages() if re.split(r"[_.:@-]", wanted)[0] not in {"", "C", ENGLISH} else []
    for one in wanted.split(":"):
        name = re.split(r"[.@]", one.replace("-", "_"))[0]
        if name.partition("_")[0] in {"C", "POSIX", ENGLISH}:
            return ENGLISH
        match = _nearest(name, known)
        if match:
            return match
    return ENGLISH


def _nearest(name: str, known: list[str]) -> str:
    base = name.partition("_")[0]
    if base == "zh":  # its two scripts are no substitute for one another
        traditional = {"TW", "HK", "MO", "Hant"} & set(name.split("_"))
        return "" if traditional or "zh_CN" not in known else "zh_CN"
    kin = [one for one in known if one.partition("_")[0] == base]
    return next((one for one in (name, base) if one in known), kin[0] if kin and base else "")


@lru_cache(maxsize=4)
def catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; one without a word for English and for what cannot be read."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    try:
        with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
            return gettext.GNUTranslations(file)
    except (OSError, ValueError):
        return gettext.NullTranslations()


def translate(text: str, language: str) -> str:
    """A sentence, or a text that is its own msgid, in that language; in English where there is no translation."""
    if language == ENGLISH or not text:
        return text
    words = catalogue(language)
    if not isinstance(text, Sentence):
        return words.gettext(text)
    if text.plural:
        template = words.ngettext(text.template, text.plural, int(text.values["n"]))
    else:
        template = words.gettext(text.template) if text.template else ""
    if not text.values:
        return template
    return _filled(template, text.values, lambda value: _spelled(value, language))


# Its translation is the same number as the language writes it: 1.234,5 or 1 234,5.
_NUMBER = N_("1,234.5")


def _spelled(value: Any, language: str) -> str:
    if isinstance(value, Sentence):
        return translate(value, language)
    if isinstance(value, _Number):
        form = catalogue(language).gettext(_NUMBER)
        return value.translate({ord(","): form[1:-5], ord("."): form[-2]})
    return str(value)


def tr(text: str, /, **values: Any) -> str:
    """`text` with its values, in the user's language."""
    return translate(say(text, **values) if values else text, language())
