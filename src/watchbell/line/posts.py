"""What a post says on each network, how long it counts there, and how it is cut into a thread; pure."""

import re
import unicodedata

NETWORKS = {"facebook": "Facebook Page", "x": "X"}
#: X counts most letters of most scripts as one, everything else as two, and every link as 23 (its twitter-text 3).
X_MOST, X_LINK = 280, 23
X_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
FACEBOOK_MOST = 60_000
MOST_PARTS = 25
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'»”]", re.IGNORECASE)
#: What X turns into a link without a scheme, too.
_HOST = re.compile(r"(?<![@\w.-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?:/[^\s<>\"]*)?", re.IGNORECASE)
_PICTURE = "[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]"
#: An emoji is one sign to its reader and counts two, of however many code points: joined, coloured, flag, key cap.
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3"
    f"|{_PICTURE}(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?[\U000e0020-\U000e007f]*"
    f"(?:\u200d{_PICTURE}(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?)*"
)


def weigh(text: str) -> int:
    """How long `text` is by X's rules. A bare host name counts as a link where that is more."""
    text = unicodedata.normalize("NFC", text)
    total, at = 0, 0
    for found in _LINK.finditer(text):
        total += _weigh_words(text[at : found.start()]) + X_LINK
        at = found.end()
    return total + _weigh_words(text[at:])


def _weigh_words(text: str) -> int:
    total, at = 0, 0
    for found in _HOST.finditer(text):
        total += _weigh_signs(text[at : found.start()]) + max(X_LINK, _weigh_signs(found[0]))
        at = found.end()
    return total + _weigh_signs(text[at:])


def _weigh_signs(text: str) -> int:
    total, at = 0, 0
    for found in _EMOJI.finditer(text):
        total += _weigh_plain(text[at : found.start()]) + 2
        at = found.end()
    return total + _weigh_plain(text[at:])


def _weigh_plain(text: str) -> int:
    return sum(1 if any(least <= ord(sign) <= most for least, most in X_LIGHT) else 2 for sign in text)


def render_post(network: str, title: str, short: str, link: str) -> str:
    """What goes out on `network` ("facebook" or "x"): title, short text, and where the truth stands.

    On X the title is left out where it would make a thread of what fits in one post.
    """
    title, short, link = (clean(one) for one in (title, short, link))
    says_title = not title or title.lower().rstrip(".!") in short.lower()
    whole = short if says_title else f"{title}\n\n{short}" if network == "facebook" else f"{title}. {short}"
    tail = "" if not link or link in short else f"\n\n{link}" if network == "facebook" else f" {link}"
    if network == "x" and weigh(whole + tail) > X_MOST >= weigh(short + tail) and short:
        whole = short
    return (whole + tail).strip()


def clean(text: str) -> str:
    """`text` as a network takes it: no control characters, no more than one empty line."""
    kept = "".join(c for c in text.replace("\r\n", "\n") if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    return re.sub(r"\n{3,}", "\n\n", kept).strip()


def split_post(network: str, text: str) -> list[str]:
    """The posts that say `text`: one at Facebook (cut after 60,000 characters); at X a numbered thread where one does
    not hold it. A link is never cut; what does not fit in 25 posts is left out."""
    if network != "x":
        return [text[:FACEBOOK_MOST]]
    if weigh(text) <= X_MOST:
        return [text]
    parts = _fill(text, X_MOST - len(" (25/25)"))[:MOST_PARTS]
    return [f"{part} ({number}/{len(parts)})" for number, part in enumerate(parts, 1)]


def _fill(text: str, most: int) -> list[str]:
    parts, current = [], ""
    for word in _words(text, most):
        if current and weigh((current + word).rstrip()) > most:
            parts.append(current.rstrip())
            current = word.lstrip()
        else:
            current += word if current else word.lstrip()
    return [*parts, current.rstrip()] if current.strip() else parts


def _words(text: str, most: int) -> list[str]:
    """Words with the blanks before them; one that is too long by itself is cut, a link is not."""
    found = []
    for word in re.findall(r"\s*\S+", text):
        while weigh(word.strip()) > most:
            cut = most // 2
            found.append(word[:cut])
            word = word[cut:]
        found.append(word)
    return found
