"""From what a target's row says to a place."""

from pathlib import Path

from watchbell.communication.public.adapters.folder import Folder
from watchbell.communication.public.adapters.web import WebServer
from watchbell.communication.public.facts import TargetFacts
from watchbell.communication.public.ports import Place, PlaceFailed
from watchbell.communication.public.rules.places import find_folder_fault, find_url_fault
from watchbell.line import config


def own_folder(code: str) -> Path:
    """This machine's copy of a district's site; the web server reads it with the database away."""
    return config.home() / "public" / code


def allowed_folders() -> list[str]:
    """Below which folders may be published to: `WATCHBELL_PUBLIC_FOLDERS`, colons between them."""
    return [one for one in config.setting("PUBLIC_FOLDERS").split(":") if one.strip()]


def open_place(target: TargetFacts, code: str) -> Place:
    """Where the target's files go. Raises PlaceFailed for what the settings no longer allow."""
    if target.kind == "here":
        return Folder(own_folder(code))
    if target.kind == "folder":
        fault = find_folder_fault(target.place, allowed_folders())
        if fault:
            raise PlaceFailed(fault)
        return Folder(Path(target.place).resolve())
    fault = find_url_fault(target.place, bool(target.token))
    if fault:
        raise PlaceFailed(fault)
    return WebServer(target.place, target.token)
