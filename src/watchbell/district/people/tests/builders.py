"""OneRoster packages for tests: a small whole one, changed where a test wants it."""

import io
import zipfile

from watchbell.district.people.rules.schema import TABLES, header_of

BULK: dict[str, list[dict[str, str]]] = {
    "academicSessions": [
        {"sourcedId": "t1", "title": "Fall", "type": "term", "startDate": "2026-08-20", "endDate": "2026-12-18",
         "schoolYear": "2027"},
    ],
    "orgs": [{"sourcedId": "o1", "name": "Test TST", "type": "school", "identifier": "TST"}],
    "courses": [{"sourcedId": "c1", "title": "Homeroom", "orgSourcedId": "o1"}],
    "classes": [
        {"sourcedId": "k1", "title": "Homeroom 101", "courseSourcedId": "c1", "classType": "homeroom",
         "location": "Room 101", "schoolSourcedId": "o1", "termSourcedIds": "t1"},
    ],
    "users": [
        {"sourcedId": "u1", "enabledUser": "true", "username": "amy", "givenName": "Amy", "familyName": "Voss",
         "agentSourcedIds": "g1", "grades": "09", "primaryOrgSourcedId": "o1", "sms": "+15735550101"},
        {"sourcedId": "g1", "enabledUser": "false", "username": "pat", "givenName": "Pat", "familyName": "Voss",
         "email": "pat@mail.invalid"},
    ],
    "roles": [
        {"sourcedId": "r1", "userSourcedId": "u1", "roleType": "primary", "role": "student", "orgSourcedId": "o1"},
        {"sourcedId": "r2", "userSourcedId": "g1", "roleType": "primary", "role": "guardian", "orgSourcedId": "o1"},
    ],
    "enrollments": [
        {"sourcedId": "e1", "classSourcedId": "k1", "schoolSourcedId": "o1", "userSourcedId": "u1",
         "role": "student"},
    ],
}  # fmt: skip


def package(tables: dict[str, list[dict[str, str]]], mode: str = "bulk") -> dict[str, bytes]:
    """The files of a package holding `tables`; the others are absent."""
    lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"]
    lines += [f"file.{name},{mode if name in tables else 'absent'}" for name in TABLES]
    files = {"manifest.csv": "\n".join(lines).encode()}
    for name, rows in tables.items():
        header = header_of(name)
        body = [",".join(header), *(",".join(row.get(column, "") for column in header) for row in rows)]
        files[f"{name}.csv"] = "\n".join(body).encode()
    return files


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return out.getvalue()
