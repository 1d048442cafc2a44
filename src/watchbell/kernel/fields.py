"""Fields whose content is encrypted at rest with a key derived from `WATCHBELL_SECRET_KEY`."""

import base64
import hashlib
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db import models

from watchbell.line import config


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    derived = (base64.urlsafe_b64encode(hashlib.sha256(b"field:" + key.encode()).digest()) for key in keys)
    return MultiFernet([Fernet(key) for key in derived])


def _keys() -> tuple[str, ...]:
    older = tuple(key for key in config.setting("SECRET_KEYS_OLD").split(",") if key)
    return (config.secret_key(), *older)


class SecretField(models.TextField):  # type: ignore[type-arg]
    """Text only this installation reads; keys in `WATCHBELL_SECRET_KEYS_OLD` still open what they once closed.

    A value no key opens reads as empty text, so that a lost key breaks one device and not every page.
    """

    def get_prep_value(self, value: Any) -> Any:
        return _box(_keys()).encrypt(str(value).encode()).decode() if value else value

    def from_db_value(self, value: Any, *_: Any) -> Any:
        if not value:
            return value
        try:
            return _box(_keys()).decrypt(value.encode()).decode()
        except InvalidToken:
            return ""
