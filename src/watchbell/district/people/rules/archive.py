"""Opens a roster's zip archive: any bytes give its files or the reason why not."""

import io
import struct
import zipfile
import zlib

from watchbell.district.people.facts import RosterFault, RosterFiles

MAX_ARCHIVE_BYTES = 200_000_000
MAX_FILE_BYTES = 400_000_000
MAX_ENTRIES = 100
#: What Python's zipfile raises on archives that are damaged, encrypted or packed in ways nobody reads.
UNREADABLE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError,
    ValueError, OverflowError, OSError, KeyError, IndexError, MemoryError,
)  # fmt: skip


def open_archive(raw: bytes) -> RosterFiles:
    """The files at the root of a zip archive; limits keep a zip bomb from filling the memory."""
    if len(raw) > MAX_ARCHIVE_BYTES:
        return _refused("zip.input_too_large", f"The archive is larger than {MAX_ARCHIVE_BYTES:,} bytes.")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return _read_entries(archive)
    except UNREADABLE as error:
        return _refused("zip.invalid_archive", f"This is not a readable zip archive: {type(error).__name__}.")


def _read_entries(archive: zipfile.ZipFile) -> RosterFiles:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        return _refused("zip.entry_count_exceeded", f"The archive holds more than {MAX_ENTRIES} files.")
    files: dict[str, bytes] = {}
    left = MAX_FILE_BYTES
    for entry in entries:
        fault = _judge_name(entry.filename, files)
        if fault is not None:
            return RosterFiles(faults=(fault,))
        with archive.open(entry) as stream:
            content = stream.read(left + 1)
        left -= len(content)
        if left < 0:
            return _refused("zip.total_uncompressed_size_exceeded", "The archive unpacks to more than is allowed.")
        files[entry.filename] = content
    return RosterFiles(files=files)


def _judge_name(name: str, seen: dict[str, bytes]) -> RosterFault | None:
    if not name:
        return RosterFault("zip.entry_empty_name", "A file in the archive has no name.")
    if name.endswith("/"):
        return RosterFault("zip.entry_directory", "All files lie at the root of the archive, in no folder.", name)
    if name.startswith(("/", "\\")):
        return RosterFault("zip.entry_absolute_path", "A file in the archive has an absolute path.", name)
    if ".." in name.replace("\\", "/").split("/"):
        return RosterFault("zip.entry_path_traversal", "A file in the archive points outside of it.", name)
    if "/" in name or "\\" in name:
        return RosterFault("zip.entry_nested_path", "All files lie at the root of the archive, in no folder.", name)
    if name in seen:
        return RosterFault("zip.entry_duplicate_name", "The archive holds this file twice.", name)
    return None


def _refused(code: str, because: str) -> RosterFiles:
    return RosterFiles(faults=(RosterFault(code, because),))
