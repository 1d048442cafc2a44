"""Fields whose content is encrypted at rest with a key derived from `WATCHBELL_SECRET_KEY`, and their rotation."""

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.db import connection, models

from watchbell.line import config


@cache
def _box(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"field:" + key.encode()).digest()))


@cache
def key_id(key: str) -> str:
    """Names a key beside what it has closed, and tells nothing of it."""
    return hashlib.sha256(b"field id:" + key.encode()).hexdigest()[:8]


def encrypt(text: str) -> str:
    """`<key id>:<token>` under the key of today."""
    return f"{key_id(config.secret_key())}:{_box(config.secret_key()).encrypt(text.encode()).decode()}"


def decrypt(stored: str) -> str:
    """What was encrypted under the key of today or one in `WATCHBELL_SECRET_KEYS_OLD`. Raises InvalidToken."""
    name, _, token = stored.rpartition(":")
    for key in config.secret_keys():
        if name in ("", key_id(key)):
            try:
                return _box(key).decrypt(token.encode()).decode()
            except InvalidToken:
                continue
    raise InvalidToken


def is_readable(stored: str) -> bool:
    """Whether a known key opens it."""
    try:
        decrypt(stored)
    except InvalidToken:
        return False
    return True


def is_current(stored: str) -> bool:
    """Whether it lies under the key of today."""
    return stored.startswith(f"{key_id(config.secret_key())}:")


class Lost(str):
    """What a secret reads as that no known key opens: empty text, which is told apart from "there is none"."""


class SecretField(models.TextField):  # type: ignore[type-arg]
    """Text only this installation reads; older keys still open what they once closed.

    A value no key opens reads as empty text, so that a lost key breaks one device and not every page.
    """

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(str(value)) if value else value

    def from_db_value(self, value: Any, *_: Any) -> Any:
        if not value:
            return value
        try:
            return decrypt(value)
        except InvalidToken:
            return Lost()


def _columns() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SecretField):
                yield model._meta.db_table, str(field.column)


def _stored(cursor: Any, table: str, column: str) -> list[tuple[Any, str]]:
    cursor.execute(f'select id, "{column}" from "{table}" where "{column}" <> \'\'')  # noqa: S608 - our own tables
    return list(cursor.fetchall())


def count_unreadable() -> int:
    """Secrets of the acting district that no known key opens."""
    count = 0
    with connection.cursor() as cursor:
        for table, column in _columns():
            count += sum(not is_readable(stored) for _, stored in _stored(cursor, table, column))
    return count


def encrypt_anew() -> int:
    """Brings the acting district's secrets under the key of today; how many. What no key opens stays as it is.

    Runs inside a recorded change. What somebody writes meanwhile lies under the key of today and is left alone.
    """
    count = 0
    with connection.cursor() as cursor:
        for table, column in _columns():
            for row, stored in _stored(cursor, table, column):
                if is_current(stored):
                    continue
                try:
                    plain = decrypt(stored)
                except InvalidToken:
                    continue
                statement = f'update "{table}" set "{column}" = %s where id = %s and "{column}" = %s'  # noqa: S608
                cursor.execute(statement, [encrypt(plain), row, stored])
                count += cursor.rowcount
    return count
