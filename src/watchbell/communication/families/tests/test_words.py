"""The tables of words: whole in each language, filled alike, and with every refusal that families can be given."""

import re
from pathlib import Path

import pytest

from watchbell import communication
from watchbell.communication.channels.facts.contact_words import CONTACT_WORDS
from watchbell.communication.channels.facts.refusals import KEYS, REFUSALS, refusal, refused_page, say_refusal
from watchbell.communication.channels.facts.sent_words import SENT_WORDS
from watchbell.communication.channels.facts.words import WORDS, frame_in
from watchbell.communication.families.facts.words import SIGN_IN_WORDS
from watchbell.line.errors import NotFound, Refused
from watchbell.line.languages import (
    COLUMNS,
    LANGUAGES,
    by_language,
    choose_language,
    read_language,
)

TABLES = {"frame": WORDS, "contacts": CONTACT_WORDS, "refusals": REFUSALS, "sent": SENT_WORDS, "sign-in": SIGN_IN_WORDS}
SAME = {("fr", "messages"), ("fr", "contacts")}
BY_KEY = {"not_done", "not_there", "failed"}


@pytest.mark.parametrize("name", TABLES)
def test_each_table_says_everything_in_each_language_and_fills_in_the_same(name):
    table = TABLES[name]
    assert set(table) == set(LANGUAGES) == set(COLUMNS)
    for language, words in table.items():
        assert words.keys() == table["en"].keys() and all(text.strip() == text != "" for text in words.values())
        for key, text in words.items():
            english = table["en"][key]
            assert sorted(re.findall(r"{\w*}", text)) == sorted(re.findall(r"{\w*}", english)), (language, key)
            assert language == "en" or text != english or (language, key) in SAME, (language, key)


def test_a_missing_word_is_no_table():
    with pytest.raises(ValueError, match="zip"):
        by_language(("a", "b"), *(("x", "y") for _ in COLUMNS[1:]), ("x",))


def test_every_refusal_that_is_raised_is_in_the_table_and_every_one_there_is_raised():
    sources = [path.read_text() for path in Path(communication.__path__[0]).rglob("*.py") if "tests" not in path.parts]
    raised = {key for text in sources for key in re.findall(r'refusal\(\s*"(\w+)"', text)}
    raised |= {key for text in sources for pair in re.findall(r'refusal\("(\w+)" if .*? else "(\w+)"', text)
               for key in pair}  # fmt: skip
    assert raised | BY_KEY == set(KEYS)
    assert len(set(REFUSALS["en"].values())) == len(KEYS), "each can be told by its text"


def test_a_refusal_is_said_in_the_readers_language_and_an_unknown_one_never_in_english():
    error = Refused(refusal("code_wrong"))
    assert str(error) == say_refusal("en", error) == "That is not the code we sent."
    assert say_refusal("es-MX", error) == "Ese no es el código que enviamos."
    assert say_refusal("ar", "Something new.") == REFUSALS["ar"]["failed"] and say_refusal("en", "New.") == "New."
    shown = refused_page(["tlh", "so"], NotFound(refusal("link_gone")))["words"]
    assert shown["heading"] == REFUSALS["so"]["not_there"] and shown["words"]["code"] == "so"


def test_languages_are_read_as_browsers_and_people_write_them():
    assert [read_language(tag) for tag in ("es", "ES-mx", "zh_Hant", " fr ", "*", "", "tlh")] == [
        "es", "es", "zh", "fr", "", "", ""]  # fmt: skip
    assert choose_language(["", "*", "ru", "vi-VN", "es"]) == "vi" and choose_language([]) == "en"
    assert frame_in("ar")["words"]["dir"] == "rtl" and frame_in("zh")["words"]["dir"] == "ltr"
