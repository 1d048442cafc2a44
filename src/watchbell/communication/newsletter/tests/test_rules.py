"""Blocks, letters, pictures, addresses and the digest's words."""

import io
import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from watchbell.communication.newsletter.facts import BLOCKS, Block, Cleaned, Figures, Letter, Places
from watchbell.communication.newsletter.forms import read_editor
from watchbell.communication.newsletter.rules.blocks import (
    add_block,
    change_order,
    is_link,
    items_of,
    judge_letters,
    read_blocks,
)
from watchbell.communication.newsletter.rules.confirming import confirm_text
from watchbell.communication.newsletter.rules.digest import digest_letters
from watchbell.communication.newsletter.rules.letters import mail_html, mail_text
from watchbell.communication.newsletter.rules.pictures import clean_picture
from watchbell.line.addresses import read_email

PLACES = Places("https://d.invalid/picture/", "https://d.invalid/1", "https://d.invalid/archive", "",
                "https://d.invalid/wishes/{{news}}")  # fmt: skip
TEXTS = st.text(max_size=60)
BLOCK = st.builds(
    Block, st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True), st.sampled_from(sorted(BLOCKS)), TEXTS, TEXTS, TEXTS, TEXTS
)


class Tags(HTMLParser):
    """What a mail program would make of it."""

    def __init__(self):
        super().__init__()
        self.tags, self.words, self.targets = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.words.append(data)


def blocks_of(*kinds):
    return tuple(Block(f"b{number}", kind, "words") for number, kind in enumerate(kinds, 1))


def test_each_block_has_its_html_and_its_text():
    letter = Letter("en", "Autumn", (
        Block("b1", "heading", "What <we> did"), Block("b2", "paragraph", "One\n\nTwo: https://a.invalid/x."),
        Block("b3", "list", "- milk\n\n* bread"), Block("b4", "picture", "A line", "abc", "Two dogs"),
        Block("b5", "button", "Open", url="https://b.invalid/?a=1&b=2"), Block("b6", "divider"),
        Block("b7", "paragraph", "  "),
    ))  # fmt: skip
    html, text = mail_html(letter, "Cedar", 3, PLACES), mail_text(letter, "Cedar", 3, PLACES)
    assert "<h2>What &lt;we&gt; did</h2>" in html and "<p>One</p>" in html
    assert '<a href="https://a.invalid/x">https://a.invalid/x</a>.' in html
    assert "<li>milk</li><li>bread</li>" in html and "<table" not in html and "max-width:600px" in html
    assert 'src="https://d.invalid/picture/abc" alt="Two dogs"' in html
    assert 'href="https://b.invalid/?a=1&amp;b=2"' in html and "prefers-color-scheme:dark" in html
    assert 'href="https://d.invalid/wishes/{{news}}"' in html and "wishes/{{news}}" in text
    assert "- milk\n- bread" in text and "[Two dogs]\nA line" in text and "Open: https://b.invalid" in text
    assert mail_html(Letter("ar", "x"), "d", 1, PLACES).count('dir="rtl"') == 1


@given(st.lists(BLOCK, max_size=6), TEXTS, TEXTS)
def test_no_word_becomes_markup_or_a_gap(blocks, title, district):
    letter = Letter("en", title, tuple(blocks))
    html, text = mail_html(letter, district, 1, PLACES), mail_text(letter, district, 1, PLACES)
    found = Tags()
    found.feed(html)
    allowed = {"html", "head", "meta", "title", "style", "body", "div", "p", "h1", "h2", "ul", "li", "img", "figure",
               "figcaption", "a", "hr", "br"}  # fmt: skip
    assert set(found.tags) <= allowed
    assert all(re.match(r"https?://", one) for one in found.targets)
    for made in (html, text):
        assert set(re.findall(r"\{\{(.*?)\}\}", made, re.DOTALL)) <= {"news"}


@given(st.recursive(st.none() | st.booleans() | st.integers() | TEXTS,
                    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))  # fmt: skip
def test_whatever_was_kept_gives_blocks(value):
    assert all(one.kind in BLOCKS for one in read_blocks(value))


@given(st.dictionaries(st.sampled_from(["title", "version", "what", "kind_b1", "text_b1", "url_b1"]), TEXTS))
def test_whatever_a_form_says_is_read(form):
    class Form(dict):
        def getlist(self, name):
            return ["b1", "b1", "<"]

    assert len(read_editor(Form(form), {}).blocks) <= 1


def test_blocks_are_moved_added_and_taken_out():
    blocks = blocks_of("heading", "paragraph", "divider")
    assert [one.id for one in change_order(blocks, "up", "b2")] == ["b2", "b1", "b3"]
    assert [one.id for one in change_order(blocks, "down", "b2")] == ["b1", "b3", "b2"]
    assert change_order(blocks, "up", "b1") == blocks == change_order(blocks, "down", "b3")
    assert change_order(blocks, "up", "x") == blocks
    left = change_order(blocks, "remove", "b2")
    assert [one.id for one in left] == ["b1", "b3"]
    more, fresh = add_block(left, "button")
    assert fresh == "b2" and more[-1] == Block("b2", "button")
    assert add_block(left, "script") == (left, "")


def test_a_button_leads_to_the_web_only():
    assert is_link("https://a.invalid/x?y=1") and is_link("http://a.invalid")
    for bad in ("javascript:alert(1)", "data:text/html,x", "https://a b", "//a.invalid", "https://{{news}}", ""):
        assert not is_link(bad)


def test_what_is_missing_is_said():
    assert judge_letters([]) == ["Nothing is written yet."]
    told = " ".join(judge_letters([Letter("en", " ", (
        Block("b1", "picture", "", "abc"), Block("b2", "button", "Open", url="x"),
        Block("b3", "picture", "", "", "A dog"),
    ))]))  # fmt: skip
    assert "Give it a title" in told and "block 1 shows" in told and "https://" in told and "picture of block 3" in told
    assert judge_letters([Letter("en", "T", blocks_of("paragraph"))]) == []
    assert "(es)" in " ".join(judge_letters([Letter("en", "T", blocks_of("paragraph")), Letter("es", "T")]))


def test_items_lose_their_bullets():
    assert items_of("- a\n • b\n\n-c\n* d") == ["a", "b", "-c", "d"]


def test_an_address_is_read():
    assert read_email("  Ana@Example.Org ") == "ana@example.org"
    for bad in ("", "a", "a@b", "a b@c.de", "a@b.c", "<a@b.de>", "a@b.de\0", "x" * 250 + "@b.de"):
        assert read_email(bad) == ""


def test_the_confirmation_fills_nothing_of_the_district_s_name():
    subject, words = confirm_text("es", "A {{{name}}} B", "https://x.invalid/y")
    assert "Confirme" in subject and "https://x.invalid/y" in words and "{{" not in words
    assert confirm_text("zz", "D", "L")[0].startswith("Please")


def picture(kind, size=(40, 20), mode="RGB", **more):
    out = io.BytesIO()
    Image.new(mode, size, None if mode == "RGBA" else (200, 10, 10)).save(out, kind, **more)
    return out.getvalue()


def test_pictures_are_written_anew_without_what_a_camera_notes():
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    exif[0x8825] = {1: "N", 2: (38.0, 1.0, 2.0)}
    raw = picture("JPEG", exif=exif)
    assert b"Secret camera" in raw
    made = clean_picture(raw)
    assert isinstance(made, Cleaned) and b"Secret" not in made.content and b"Exif" not in made.content
    assert made.media_type == "image/jpeg" and (made.width, made.height) == (40, 20)
    clear = clean_picture(picture("PNG", mode="RGBA"))
    assert isinstance(clear, Cleaned) and clear.media_type == "image/png"
    wide = clean_picture(picture("WEBP", size=(3000, 30)))
    assert isinstance(wide, Cleaned) and (wide.width, wide.height) == (1200, 12)
    assert "3 MB" in str(clean_picture(b"x" * 3_000_001)) and "no PNG" in str(clean_picture(b"<svg/>"))
    assert "no PNG" in str(clean_picture(picture("GIF")))


@given(st.binary(max_size=300), st.integers(0, 200), st.integers(0, 255))
def test_any_bytes_are_a_picture_or_a_reason(raw, at, value):
    whole = bytearray(picture("PNG"))
    whole[min(at, len(whole) - 1)] = value
    for one in (raw, bytes(whole), bytes(whole[:at])):
        assert isinstance(clean_picture(one), Cleaned | str)


def test_a_digest_says_numbers_in_plain_words():
    figures = Figures(2026, 11, {"Fire": 3, "Lockdown": 1}, 2, 11, {"Emergency": 1}, 500)
    english, spanish = digest_letters(figures, "Cedar")
    text = mail_text(english, "Cedar", 1, PLACES)
    assert english.title == "Safety in November 2026" and "practiced 4 times" in text
    assert (
        "2 of 11 schools" in text and "- Fire: 3" in text and "- Emergency: 1" in text and "500 safety devices" in text
    )
    assert "Incendio: 3" in mail_text(spanish, "Cedar", 1, PLACES) and not judge_letters([english, spanish])
    nothing = digest_letters(Figures(2026, 1), "Cedar")
    assert not judge_letters(nothing) and "No drill" in mail_text(nothing[0], "Cedar", 1, PLACES)
