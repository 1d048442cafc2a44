"""The static site: its bytes, its pages, its feeds, its alerts against OASIS's schema, its signatures, its plan."""

import json
import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.vectors import vector_folder
from watchbell.communication.notices.facts import PublicNotice
from watchbell.communication.public.facts import PublicDistrict
from watchbell.communication.public.rules import (
    build_signed,
    build_site,
    cache_control,
    digests_of,
    plan_changes,
    read_media,
    say_signed,
)
from watchbell.communication.public.rules.media import clean_phone
from watchbell.communication.public.tests.builders import BASE, DISTRICT, NOW, make_notice
from watchbell.line import signing
from watchbell.line.cap import CAP
from watchbell.line.ids import same_uuid

ATOM = "{http://www.w3.org/2005/Atom}"


def build(*notices: PublicNotice, now: object = NOW, earlier: object = None) -> dict[str, bytes]:
    return build_site(DISTRICT, BASE, notices, now, earlier)  # type: ignore[arg-type]


class Read:
    """What a newsroom reads of an alert that OASIS's schema allows."""

    def __init__(self, raw: bytes) -> None:
        root = etree.fromstring(raw)
        etree.XMLSchema(etree.parse(vector_folder() / "cap" / "xsd" / "CAP-v1.2.xsd")).assertValid(root)
        self._root = root
        self.message_type, self.note = self.text("msgType"), self.text("note")
        self.languages = [str(one.text) for one in root.iter(f"{{{CAP}}}language")]
        self.references = [tuple(one.split(",")) for one in self.text("references").split()]
        self.name = (self.text("sender"), self.text("identifier"), self.text("sent"))

    def text(self, name: str) -> str:
        return str(self._root.findtext(f".//{{{CAP}}}{name}") or "")


def test_the_same_notices_give_the_same_bytes_and_time_alone_changes_nothing() -> None:
    one, two = make_notice(1), make_notice(2, purpose="routine", severity="Minor", is_banner=False)
    assert build(one, two) == build(two, one)
    assert build(one, two) == build(one, two, now=NOW + timedelta(days=3))


def test_every_link_inside_the_site_leads_to_a_file_of_it() -> None:
    files = build(make_notice(1, state="ended"), make_notice(2, replaces=same_uuid("notice", 1)))
    for path, raw in files.items():
        if not path.endswith(".html") or path == "404.html":
            continue
        folder = path.rpartition("/")[0]
        for link in re.findall(r'href="([^"#]+)"', raw.decode()):
            if not link.startswith("http"):
                there = str((Path("/") / folder / link).resolve())[1:]
                assert there in files or there == "signatures.json", (path, link)
    assert f'href="{BASE}/index.html"' in files["404.html"].decode(), "it is shown at any depth"


def test_each_notice_has_a_page_a_language_at_an_address_that_stays() -> None:
    notice = make_notice(7)
    files = build(notice)
    assert files["notices/7.html"] == files["notices/7.en.html"]
    spanish = files["notices/7.es.html"].decode()
    assert 'lang="es"' in spanish and "Lincoln High está cerrada" in spanish and "Cuestiones" not in spanish
    over = build(replace(notice, state="ended", correction="The school is Lincoln, not Grant."))
    page = over["notices/7.html"].decode()
    assert page.index("not Grant") < page.index("Police are at"), "a correction stands above the text"
    assert "This notice is over" in page and "No current alerts" in over["index.html"].decode()


def test_what_has_expired_is_over_without_anybody_saying_so() -> None:
    notice = make_notice(1, expires_at=NOW + timedelta(minutes=5))
    before, after = build(notice), build(notice, now=NOW + timedelta(minutes=6))
    assert json.loads(before["banner.json"])["banners"] and not json.loads(after["banner.json"])["banners"]
    assert "Emergency" in before["index.html"].decode() and "No current alerts" in after["index.html"].decode()


def test_texts_are_never_markup() -> None:
    evil = "<script>alert(1)</script>\"'&"
    files = build(make_notice(1, texts={"en": (evil, evil, evil)}, title=evil, sites=(evil,), correction=evil))
    for path, raw in files.items():
        if path.endswith((".html", ".atom", ".xml")):
            assert b"<script>alert" not in raw, path
    assert json.loads(files["banner.json"])["banners"][0]["texts"]["en"]["title"] == evil
    assert b'href="https://example.org/x?a=1&amp;b=2"' in build(make_notice(1))["notices/1.html"], "links end rightly"


def test_feeds_keep_their_ids_and_say_when_something_changed() -> None:
    notice = make_notice(3)
    corrected = replace(notice, correction="Wrong school.", changed_at=NOW)
    first, second = (etree.fromstring(build(one)["feed.atom"]) for one in (notice, corrected))
    ids = [feed.findtext(f"{ATOM}entry/{ATOM}id") for feed in (first, second)]
    assert ids == [f"urn:uuid:{notice.id}"] * 2
    moments = [feed.findtext(f"{ATOM}entry/{ATOM}updated") for feed in (first, second)]
    assert moments == [notice.sent_at.isoformat(), NOW.isoformat()]
    assert second.findtext(f"{ATOM}updated") == NOW.isoformat()
    assert (second.findtext(f"{ATOM}entry/{ATOM}title") or "").startswith("Corrected: ")
    everyday = make_notice(4, purpose="routine", severity="Minor")
    links = etree.fromstring(build(notice, everyday)["alerts/index.atom"]).findall(f"{ATOM}entry/{ATOM}link")
    assert [link.get("href") for link in links] == [f"{BASE}/alerts/3.xml"], "everyday news is no alert"


def test_alerts_are_cap_and_name_what_went_out_before() -> None:
    notice = make_notice(5)
    first = Read(build(notice)["alerts/5.xml"])
    assert (first.message_type, first.references) == ("Alert", [])
    assert first.languages == ["en-US", "es-US"]
    at = notice.sent_at + timedelta(minutes=10)
    corrected = replace(notice, correction="It is Lincoln.", changed_at=at)
    second = Read(build(corrected)["alerts/5.xml"])
    assert (second.message_type, second.note) == ("Update", "It is Lincoln.")
    assert second.references == [first.name]
    ended = replace(corrected, state="ended", changed_at=at + timedelta(minutes=10))
    third = Read(build(ended, earlier={5: [at]})["alerts/5.xml"])
    assert third.message_type == "Cancel" and third.text("urgency") == "Past"
    assert third.references == [first.name, second.name]
    heir = Read(build(ended, make_notice(6, replaces=ended.id), earlier={5: [at]})["alerts/6.xml"])
    assert heir.message_type == "Update" and heir.references[0] == third.name
    over_at_once = Read(build(replace(notice, state="ended"))["alerts/5.xml"])
    assert over_at_once.message_type == "Cancel" and over_at_once.references


def test_signatures_are_checked_with_openssl(tmp_path: Path) -> None:
    signer = signing.Signer()
    files = build_signed(DISTRICT, BASE, [make_notice(1)], NOW, {}, signer.mark, signing.public_key())
    listed = json.loads(files["signatures.json"])["files"]
    path = "notices/1.html"
    assert files[f"{path}.sig"].hex() == listed[path]["signature"] and "_headers" not in listed
    (tmp_path / "key.pem").write_bytes(files["signing-key.pem"])
    (tmp_path / "sig").write_bytes(files[f"{path}.sig"])
    ask = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "said", "-sigfile", "sig"]
    for digest, is_right in ((listed[path]["sha256"], True), ("0" * 64, False)):
        (tmp_path / "said").write_text(say_signed(path, digest))
        assert (subprocess.run(ask, cwd=tmp_path, capture_output=True).returncode == 0) is is_right


def test_only_what_changed_is_written_and_what_readers_look_at_comes_last() -> None:
    notice = make_notice(1)
    before, after = digests_of(build(notice)), digests_of(build(notice, make_notice(2)))
    plan = plan_changes(after, before)
    assert "notices/1.html" in plan.put and "banner.js" not in plan.put and plan.remove == ()
    assert plan.put[-2:] == ("index.html", "banner.json"), "pages first, then what links to them"
    assert plan.put.index("notices/2.html") < plan.put.index("feed.atom") < plan.put.index("index.es.html")
    assert plan_changes(after, after).count == 0
    assert plan_changes(before, after).remove == ("alerts/2.xml", "notices/2.en.html", "notices/2.es.html",
                                                  "notices/2.html")  # fmt: skip


def test_an_empty_district_has_a_calm_page() -> None:
    files = build()
    assert "No current alerts" in files["index.html"].decode() and "No hay alertas" in files["index.es.html"].decode()
    assert json.loads(files["banner.json"])["banners"] == []
    assert "max-age=5" in cache_control("index.html") and "max-age=5" in cache_control("banner.json")
    assert "/banner.json\n  Cache-Control: public, max-age=5" in files["_headers"].decode()


class _Balance(HTMLParser):
    """Counts what is open; pages must close what they open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


TEXT = st.text(max_size=60)


@given(
    texts=st.dictionaries(st.sampled_from(["en", "es", "ar", "hmn"]), st.tuples(TEXT, TEXT, TEXT), max_size=3),
    purpose=st.sampled_from(["emergency", "attendance", "routine", "newsletter"]), correction=TEXT,
    severity=st.sampled_from(["Extreme", "Severe", "Moderate", "Minor"]), state=st.sampled_from(["current", "ended"]),
    sites=st.lists(TEXT, max_size=2), kind=TEXT,
)  # fmt: skip
def test_any_words_make_whole_pages(texts, purpose, correction, severity, state, sites, kind) -> None:  # type: ignore[no-untyped-def]
    notice = make_notice(
        1, texts=texts, purpose=purpose, correction=correction, severity=severity, state=state, sites=tuple(sites),
        kind=kind,
    )  # fmt: skip
    for path, raw in build(notice).items():
        if path.endswith(".html"):
            balance = _Balance()
            balance.feed(raw.decode())
            assert balance.open == []
        elif path.endswith((".atom", ".xml")):
            etree.fromstring(raw)


def test_a_language_nobody_framed_is_read_in_its_own_words() -> None:
    texts = {"en": ("Snow", "No school", "No school today."), "ar": ("ثلج", "لا مدرسة", "لا مدرسة اليوم")}
    page = build(make_notice(1, texts=texts))["notices/1.ar.html"].decode()
    assert 'lang="ar" dir="rtl"' in page and "لا مدرسة اليوم" in page
    other = PublicDistrict("Birch", "birch", "America/New_York", languages=("es",))
    assert b"No hay alertas" in build_site(other, BASE, [], NOW)["index.html"]


# -- media lists -----------------------------------------------------------------------------------------------------


def test_a_media_list_is_read_line_by_line() -> None:
    raw = (
        "Name;Station;E-mail;Telephone;Tags\nJo Park;KCED;desk@kced.example;(573) 555-0142;tv, Local\n"
        ";KCED;desk@kced.example;;\n;;a@b.example;;\nX;Ledger;nobody;;\nY;Ledger;;12;\nZ;Ledger;;;\n\n"
        "Ana;Ledger;;+44 20 7946 0000;\n"
    ).encode("utf-8-sig")
    rows, problems = read_media(raw)
    assert [(row.newsroom, row.email, row.phone, row.tags) for row in rows] == [
        ("KCED", "desk@kced.example", "+15735550142", ("tv", "local")), ("Ledger", "", "+442079460000", ()),
    ]  # fmt: skip
    assert [one.line for one in problems] == [3, 4, 5, 6, 7]
    assert "line 2" in problems[0].because and "missing" in problems[1].because


@given(st.binary(max_size=400))
def test_any_bytes_are_a_media_list_or_problems(raw: bytes) -> None:
    rows, problems = read_media(raw)
    assert isinstance(rows, list) and isinstance(problems, list)


def test_numbers_are_written_in_one_way() -> None:
    assert clean_phone("1 573 555 0100") == clean_phone("573.555.0100") == "+15735550100"
    with pytest.raises(ValueError):
        clean_phone("call the desk")
