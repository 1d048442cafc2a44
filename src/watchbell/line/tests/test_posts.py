"""What a post says and how long it counts: X's own examples of its rules, threads that lose nothing, any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchbell.line.posts import X_MOST, clean, render_post, split_post, weigh

LINK = "https://status.cedar.example.org/alerts/notices/12.html"


@pytest.mark.parametrize(
    ("text", "length"),
    [("hello", 5), ("é", 1), ("e\u0301", 1), ("日本", 4), ("안녕", 4), ("“quoted”", 8), ("a—b", 3), ("€", 2),
     (LINK, 23), (f"See {LINK}.", 28), ("https://a.b/" + "x" * 300, 23), ("😀", 2), ("👨‍👩‍👧‍👦", 2), ("👍🏽", 2),
     ("🇺🇸", 2), ("1️⃣", 2), ("❤️", 2), ("مدرسة", 5), ("", 0), ("a\nb", 3), ("see example.org now", 31)],
)  # fmt: skip
def test_lengths_are_xs(text: str, length: int) -> None:
    assert weigh(text) == length


def test_a_post_says_title_text_and_where_the_truth_stands() -> None:
    title, short = "Lincoln High is closed", "A water main broke. Classes resume tomorrow."
    assert render_post("facebook", title, short, LINK) == f"{title}\n\n{short}\n\n{LINK}"
    assert render_post("x", title, short, LINK) == f"{title}. {short} {LINK}"
    assert render_post("x", "Closed", "We are closed.", LINK).startswith("We are closed. http"), "said once"
    long = "w" * 240
    assert render_post("x", title, long, LINK) == f"{long} {LINK}", "without the title it is one post"
    assert render_post("x", title, f"See {LINK}", LINK).count("https") == 1


def test_a_long_text_is_a_numbered_thread() -> None:
    text = " ".join(f"Sentence number {number} says where to go." for number in range(30)) + f" {LINK}"
    parts = split_post("x", text)
    assert len(parts) > 3 and all(weigh(part) <= X_MOST for part in parts)
    assert [part.rsplit(" ", 1)[1] for part in parts] == [f"({n}/{len(parts)})" for n in range(1, len(parts) + 1)]
    assert " ".join(part.rsplit(" ", 1)[0] for part in parts) == text and LINK in parts[-1]
    assert split_post("facebook", text) == [text] and split_post("x", "short") == ["short"]


@given(st.text(max_size=1500))
def test_any_text_fits(text: str) -> None:
    for network in ("facebook", "x"):
        said = render_post(network, text[:80], text, LINK)
        for part in split_post(network, said):
            assert network != "x" or weigh(part) <= X_MOST
    assert clean(clean(text)) == clean(text)
