"""The public copy as raw ASGI: marks, packed bodies, "not found", and nothing outside of its folder."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest

from watchbell.project import public_files
from watchbell.project.public_files import serve_public


async def ask(path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await serve_public({"method": method, "path": path, "headers": told}, send)
    head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], head, b"".join(one.get("body", b"") for one in sent[1:])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WATCHBELL_HOME", str(tmp_path))
    made = tmp_path / "public" / "cedar"
    (made / "notices").mkdir(parents=True)
    (made / "index.html").write_text("<p>calm</p>" * 100)
    (made / "banner.json").write_text('{"banners":[]}')
    (made / "404.html").write_text("<p>no such page</p>")
    (tmp_path / "secret.txt").write_text("no")
    return made


async def test_a_page_comes_with_a_mark_and_is_not_sent_twice(folder: Path) -> None:
    status, head, body = await ask("/public/cedar/")
    assert status == 200 and body == (folder / "index.html").read_bytes()
    assert "max-age=5" in head["cache-control"] and "default-src 'none'" in head["content-security-policy"]
    status, again, body = await ask("/public/cedar/index.html", if_none_match=f'"x", W/{head["etag"]}')
    assert (status, body, again["etag"]) == (304, b"", head["etag"])
    status, packed, body = await ask("/public/cedar/", accept_encoding="gzip, br")
    assert packed["content-encoding"] == "gzip" and gzip.decompress(body) == (folder / "index.html").read_bytes()
    status, head, body = await ask("/public/cedar/", "HEAD")
    assert status == 200 and body == b"" and head["content-length"] == "1100"
    assert (await ask("/public/cedar/banner.json"))[1]["access-control-allow-origin"] == "*"


async def test_what_changed_on_disk_is_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_files, "TRUST_SECONDS", 0.01)
    before = (await ask("/public/cedar/"))[1]["etag"]
    (folder / "index.html.new").write_text("<p>emergency</p>")
    (folder / "index.html.new").replace(folder / "index.html")
    await asyncio.sleep(0.02)
    status, head, body = await ask("/public/cedar/", if_none_match=before)
    assert status == 200 and b"emergency" in body and head["etag"] != before


async def test_nothing_outside_of_the_folder_is_read(folder: Path) -> None:
    (folder / ".hidden").write_text("no")
    for path in ("/public/cedar/../../secret.txt", "/public/cedar/.hidden", "/public/../secret.txt", "/public/",
                 "/public/cedar/%2e%2e/x", "/public/birch/", "/public/cedar/notices/"):  # fmt: skip
        status, _, body = await ask(path)
        assert status == 404 and body != b"no"
    status, _, body = await ask("/public/cedar/notices/9.html")
    assert status == 404 and b"no such page" in body
    assert (await ask("/public/cedar"))[0] == 308, "or its relative links would lead elsewhere"
    assert (await ask("/public/cedar/", "POST"))[0] == 405
