"""An issue as mail (HTML and text) and as page. What people wrote is escaped, always."""

import html
import re

from watchbell.communication.newsletter.facts import Block, Letter, Places
from watchbell.communication.newsletter.rules.blocks import is_blank, is_link, items_of

_LINK = re.compile(r"https?://[^\s<>\"'{}]{3,500}[^\s<>\"'{}.,;:!?)]")
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")
#: Simple enough for mail programs; the dark half only where a program asks for it.
STYLE = (
    ":root{color-scheme:light dark}body{margin:0;padding:0;background:#f2f5f8;color:#14202b}"
    ".w{max-width:600px;margin:0 auto;padding:24px 20px;background:#ffffff;"
    "font:17px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;overflow-wrap:anywhere}"
    "h1{font-size:27px;line-height:1.2;margin:4px 0 18px}h2{font-size:20px;line-height:1.3;margin:26px 0 8px}"
    "p{margin:0 0 14px}ul{margin:0 0 14px;padding-inline-start:22px}li{margin:0 0 6px}"
    "img{display:block;max-width:100%;height:auto;border-radius:8px}figure{margin:18px 0}"
    "figcaption,.f{font-size:14px;color:#4a5a68}a{color:#0b5cab}"
    ".b a{display:inline-block;padding:12px 20px;border-radius:8px;background:#0b5cab;color:#ffffff;"
    "text-decoration:none;font-weight:600}hr{border:0;border-top:1px solid #c9d3dc;margin:24px 0}"
    ".k{font-size:14px;font-weight:600;color:#4a5a68;margin:0}"
    "@media (prefers-color-scheme:dark){body{background:#0c151d;color:#e8eef3}.w{background:#14202b}"
    "a{color:#7db8f2}.b a{background:#2f7fd0;color:#ffffff}figcaption,.f,.k{color:#a9b8c5}hr{border-color:#33465a}}"
)
WORDS = {
    "en": ("Read on the web", "Earlier issues", "Change your topics and language", "Number"),
    "es": ("Leer en la web", "Números anteriores", "Cambiar sus temas e idioma", "Número"),
    "ar": ("اقرأ على الويب", "الأعداد السابقة", "تغيير المواضيع واللغة", "العدد"),
    "zh": ("在网页上阅读", "往期", "更改主题和语言", "第"),
    "vi": ("Đọc trên web", "Các số trước", "Đổi chủ đề và ngôn ngữ", "Số"),
    "so": ("Ka akhri shabakadda", "Tirooyinkii hore", "Beddel mawduucyada iyo luqadda", "Tirada"),
    "fr": ("Lire sur le web", "Numéros précédents", "Changer vos thèmes et votre langue", "Numéro"),
    "sw": ("Soma mtandaoni", "Matoleo ya awali", "Badilisha mada na lugha", "Toleo"),
}


def escape(text: str) -> str:
    """For HTML, and so that a carrier fills nothing into what a person wrote."""
    return html.escape(text).replace("{{", "&#123;&#123;")


def plain(text: str) -> str:
    """For text; the same."""
    return re.sub(r"\{(?=\{)", "{ ", text)


def _linked(text: str) -> str:
    """Escaped, with addresses as links and line ends kept."""
    parts, at = [], 0
    for found in _LINK.finditer(text):
        url = escape(found.group())
        parts += [escape(text[at : found.start()]), f'<a href="{url}">{url}</a>']
        at = found.end()
    return ("".join(parts) + escape(text[at:])).replace("\n", "<br>\n")


def block_html(block: Block, pictures: str) -> str:
    """One block as HTML, "" for a blank one. pictures: the address pictures lie under, with its slash."""
    if is_blank(block):
        return ""
    if block.kind == "heading":
        return f"<h2>{escape(block.text.strip())}</h2>"
    if block.kind == "list":
        return "<ul>" + "".join(f"<li>{_linked(one)}</li>" for one in items_of(block.text)) + "</ul>"
    if block.kind == "picture":
        caption = f"<figcaption>{escape(block.text.strip())}</figcaption>" if block.text.strip() else ""
        source = escape(pictures + block.picture)
        return f'<figure><img src="{source}" alt="{escape(block.alt)}" width="560">{caption}</figure>'
    if block.kind == "button":
        words = escape(block.text.strip())
        return f'<p class="b"><a href="{escape(block.url)}">{words}</a></p>' if is_link(block.url) else ""
    if block.kind == "divider":
        return "<hr>"
    pieces = [piece.strip("\n") for piece in re.split(r"\n\s*\n", block.text.strip()) if piece.strip()]
    return "".join(f"<p>{_linked(piece)}</p>\n" for piece in pieces)


def body_html(letter: Letter, pictures: str) -> str:
    """All blocks, without the document around them."""
    return "\n".join(piece for one in letter.blocks if (piece := block_html(one, pictures)))


def mail_html(letter: Letter, district: str, number: int, places: Places) -> str:
    """The whole mail: no tables, 600 px, readable in the dark. `wishes` may hold a recipient's own gap."""
    read, earlier, change, count = WORDS.get(letter.language.split("-")[0], WORDS["en"])
    way = ' dir="rtl"' if letter.language.split("-")[0] in RIGHT_TO_LEFT else ""
    links = [(places.page, read), (places.archive, earlier), (places.wishes, change)]
    foot = " · ".join(f'<a href="{html.escape(url)}">{word}</a>' for url, word in links if url)
    language = re.sub(r"[^A-Za-z0-9-]", "", letter.language)
    return (
        f'<!doctype html>\n<html lang="{language}"{way}>\n<head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="supported-color-schemes" content="light dark">\n'
        f'<title>{escape(letter.title)}</title>\n<style>{STYLE}</style></head>\n<body>\n<div class="w">\n'
        f'<p class="k">{escape(district)} · {count} {number}</p>\n<h1>{escape(letter.title)}</h1>\n'
        f'{body_html(letter, places.pictures)}\n<hr>\n<p class="f">{foot}</p>\n</div>\n</body>\n</html>\n'
    )


def mail_text(letter: Letter, district: str, number: int, places: Places) -> str:
    """The mail as plain text, with the same links."""
    read, earlier, change, count = WORDS.get(letter.language.split("-")[0], WORDS["en"])
    pieces = [f"{plain(district)} · {count} {number}", plain(letter.title).upper()]
    pieces += [plain(words) for one in letter.blocks if (words := _block_text(one))]
    links = [(places.page, read), (places.archive, earlier), (places.wishes, change)]
    return "\n\n".join([*pieces, "\n".join(f"{word}: {url}" for url, word in links if url)]) + "\n"


def _block_text(block: Block) -> str:
    if is_blank(block):
        return ""
    text = block.text.strip()
    if block.kind == "heading":
        return f"## {text}"
    if block.kind == "list":
        return "\n".join(f"- {one}" for one in items_of(text))
    if block.kind == "picture":
        return f"[{block.alt}]" + (f"\n{text}" if text else "")
    if block.kind == "button":
        return f"{text}: {block.url}" if is_link(block.url) else ""
    return "-" * 40 if block.kind == "divider" else text
