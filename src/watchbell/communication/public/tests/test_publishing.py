"""Bringing the copy where it lies: changed files only, the banner last, tried again, by folder and by HTTP."""

import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from watchbell.communication.public import actions, jobs, queries
from watchbell.communication.public.adapters.folder import Folder
from watchbell.communication.public.adapters.opening import own_folder
from watchbell.communication.public.adapters.web import WebServer
from watchbell.communication.public.facts import PERMISSION_EDIT
from watchbell.communication.public.models import AlertMessage, MediaContact, Publication, PublishTarget
from watchbell.communication.public.ports import PlaceFailed
from watchbell.communication.public.rules.places import find_folder_fault, find_url_fault
from watchbell.communication.public.tests.builders import make_notice
from watchbell.kernel.journal import sweep
from watchbell.line.errors import Conflict, Refused, Unavailable


class Host(ThreadingHTTPServer):
    """A small web server that takes files: WebDAV's manners, a bearer token, and a list of what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.folders = {"/dav/"}
        self.asked: list[tuple[str, str]] = []
        self.status = 0
        self.token = "t0ken"
        super().__init__(("127.0.0.1", 0), _Answers)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/dav"


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Host

    def _act(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        host = self.server
        host.asked.append((self.command, self.path))
        status = self._status(raw)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _status(self, raw: bytes) -> int:
        host = self.server
        if host.status:
            return host.status
        if self.headers.get("Authorization") != f"Bearer {host.token}":
            return 401
        if self.command == "MKCOL":
            is_new = self.path not in host.folders
            host.folders.add(self.path)
            return 201 if is_new else 405
        if self.command == "PUT":
            if self.path.rpartition("/")[0] + "/" not in host.folders:
                return 409
            host.files[self.path] = raw
            return 201
        return 204 if host.files.pop(self.path, None) is not None else 404

    do_PUT = do_DELETE = do_MKCOL = _act

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def host():
    made = Host()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def told(monkeypatch):
    """What the district has told everybody; nothing lies there from before."""
    shutil.rmtree(own_folder("cedar"), ignore_errors=True)
    notices = [make_notice(1)]
    monkeypatch.setattr(queries, "public_notices", lambda most=200: list(notices))
    return notices


def _run() -> None:
    while sweep():
        pass


def test_a_notice_is_on_this_machine_at_once_and_only_changes_are_written(committed_db, district, actor, told):
    actions.ask_publish(actor)
    _run()
    folder = own_folder("cedar")
    banner = json.loads((folder / "banner.json").read_text())
    assert banner["banners"][0]["number"] == 1 and (folder / "notices" / "1.es.html").exists()
    first = Publication.objects.get()
    assert first.count > 10 and first.target.kind == "here" and first.target.state == "ok" and not first.because
    assert AlertMessage.objects.values_list("number", flat=True).get() == 1
    jobs.keep_published()
    assert Publication.objects.count() == 1, "nothing changed, nothing written"
    before = (folder / "notices" / "1.html").stat().st_ino
    told.append(make_notice(2, purpose="routine", severity="Minor", is_banner=False))
    jobs.publish()
    second = Publication.objects.first()
    assert second.count < first.count and second.changed[-1] == "banner.json"
    assert (folder / "notices" / "1.html").stat().st_ino != before or "notices/1.html" not in second.changed
    told.clear()
    (folder / "somebody-elses.txt").write_text("left alone")
    jobs.keep_published()
    assert not (folder / "notices" / "2.html").exists() and (folder / "somebody-elses.txt").exists()


def test_a_file_somebody_took_away_comes_back(committed_db, district, actor, told):
    jobs.publish()
    index = own_folder("cedar") / "index.html"
    index.write_text("changed by hand")
    (own_folder("cedar") / "banner.json").unlink()
    jobs.keep_published()
    assert "Emergency" in index.read_text() and (own_folder("cedar") / "banner.json").exists()


def test_a_web_server_is_filled_folder_by_folder_and_tried_again(committed_db, district, actor, told, host):
    target = actions.add_target(actor, "County host", "put", host.url, host.token)
    _run()
    host.status = 503
    with pytest.raises(Unavailable, match=r"County host: .*answered 503"):
        jobs.bring(str(target))
    row = PublishTarget.objects.get(id=target)
    assert row.state == "failing" and "503" in row.because
    with pytest.raises(Unavailable):
        jobs.bring(str(target))
    assert Publication.objects.filter(target=target).count() == 1, "the same failure is written down once"
    host.status = 0
    jobs.bring(str(target))
    assert host.asked[-1] == ("PUT", "/dav/banner.json") and ("MKCOL", "/dav/notices/") in host.asked
    assert host.files["/dav/index.html"] == (own_folder("cedar") / "index.html").read_bytes()
    row.refresh_from_db()
    assert row.state == "ok" and row.because == "" and row.token == host.token
    host.asked.clear()
    told[0] = make_notice(1, state="ended")
    jobs.bring(str(target))
    assert ("PUT", "/dav/banner.js") not in host.asked and host.asked[-1][1] == "/dav/banner.json"
    host.token = "another"
    told.clear()
    with pytest.raises(Unavailable, match="renew"):
        jobs.bring(str(target))
    assert "t0ken" not in PublishTarget.objects.get(id=target).because


def test_targets_are_judged_before_they_are_taken(committed_db, district, actor, actor_as, told, tmp_path, monkeypatch):
    with pytest.raises(Refused, match="WATCHBELL_PUBLIC_FOLDERS"):
        actions.add_target(actor, "Web root", "folder", str(tmp_path / "www"))
    monkeypatch.setenv("WATCHBELL_PUBLIC_FOLDERS", str(tmp_path))
    target = actions.add_target(actor, "Web root", "folder", str(tmp_path / "www"))
    jobs.bring(str(target))
    assert (tmp_path / "www" / "index.html").exists()
    with pytest.raises(Refused, match="https only"):
        actions.add_target(actor, "Plain", "put", "http://host.example.org/x", "secret")
    with pytest.raises(Conflict):
        actions.add_target(actor, "web root", "put", "https://host.example.org/x")
    monkeypatch.setenv("WATCHBELL_PUBLIC_FOLDERS", "/elsewhere")
    told.clear()
    with pytest.raises(Unavailable, match="Only folders below /elsewhere"):
        jobs.bring(str(target))
    here = PublishTarget.objects.filter(kind="here").values_list("id", flat=True).first() or actions.ensure_here(actor)
    with pytest.raises(Refused, match="always kept"):
        actions.remove_target(actor, here)
    with pytest.raises(Refused, match=PERMISSION_EDIT):
        actions.ask_publish(actor_as("teacher"))
    monkeypatch.setenv("WATCHBELL_PUBLIC_FOLDERS", str(tmp_path))
    actions.change_target(actor, target, name="Web root", place=str(tmp_path / "www"), is_on=False)
    assert target not in queries.target_ids()


def test_no_path_leaves_the_folder(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "site")
    for path in ("../out", "/etc/passwd", "a/../../out", ""):
        with pytest.raises(PlaceFailed):
            folder.put(path, b"x")
    folder.put("a/b.html", b"x")
    assert (tmp_path / "site" / "a" / "b.html").stat().st_mode & 0o777 == 0o644
    folder.remove("a/b.html")
    folder.remove("a/b.html")
    assert not any(tmp_path.rglob("*.html"))


def test_a_server_that_is_away_is_said_in_words(host: Host) -> None:
    place = WebServer(host.url, host.token)
    place.put("index.html", b"x")
    host.shutdown()
    host.server_close()
    place.close()
    with pytest.raises(PlaceFailed, match=r"127\.0\.0\.1.* (cannot be reached|does not answer)"):
        WebServer(host.url, host.token).put("index.html", b"y")


def test_addresses_and_folders() -> None:
    assert find_url_fault("https://a.example/x", True) == "" and find_url_fault("http://127.0.0.1:1/x", True) == ""
    for wrong in ("ftp://a/x", "https://u:p@a/x", "https://a/x?q=1", "x", "http://[", "https://a:99999/"):
        assert find_url_fault(wrong, False)
    assert find_folder_fault("/srv/www/x", ["/srv/www"]) == "" and find_folder_fault("/srv/www", ["/srv/www"]) == ""
    assert find_folder_fault("/srv/www/../etc", ["/srv/www"]) and find_folder_fault("x", ["/"])


def test_a_media_list_comes_in_and_is_changed(committed_db, district, actor):
    raw = b"newsroom,email,tags\nKCED,desk@kced.example,tv\nLedger,nobody,\n"
    added, changed, problems = actions.import_media(actor, raw)
    assert (added, changed, [one.line for one in problems]) == (1, 0, [3])
    assert actions.import_media(actor, raw)[:2] == (0, 0), "the same list again changes nothing"
    assert actions.import_media(actor, b"newsroom,email,phone\nKCED,desk@kced.example,5735550142\n")[:2] == (0, 1)
    contact = MediaContact.objects.get()
    assert contact.phone == "+15735550142"
    with pytest.raises(Refused, match="no e-mail"):
        actions.save_contact(actor, contact.id, newsroom="KCED", name="", email="x", phone="", tags="", note="")
    actions.remove_contact(actor, contact.id)
    assert not MediaContact.objects.exists()
