"""The database wrapper: whoever acts in a district has it set in each transaction, and only for that transaction."""

from typing import Any
from uuid import UUID

from django.db.backends.postgresql import base

from watchbell.kernel.acting import acting_district

SET_DISTRICT = "select set_config('app.district', %s, true)"


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL with row-level security's setting handed in at BEGIN; pool-safe, because it ends at COMMIT."""

    #: The district the open transaction was begun in, as long as nobody has named another since; None: not known.
    begun_in: UUID | None = None

    def _set_autocommit(self, autocommit: bool) -> None:
        self.begun_in = None
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        district = acting_district()
        if not autocommit and district is not None:
            with self.wrap_database_errors:
                self.connection.execute(SET_DISTRICT, [str(district)])
            self.begun_in = district

    def name_district(self, district: UUID) -> None:
        """The open transaction acts in `district` from here on; says it only where BEGIN has not said the same."""
        if self.begun_in != district:
            self.begun_in = None
            with self.cursor() as cursor:
                cursor.execute(SET_DISTRICT, [str(district)])

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = super().create_cursor(name)
        if name is None and self.autocommit and acting_district() is not None:
            return _SingleStatement(cursor, self.connection)
        return cursor


class _SingleStatement:
    """A cursor in autocommit: each statement gets a transaction of its own that knows the district."""

    def __init__(self, cursor: Any, connection: Any) -> None:
        self._cursor = cursor
        self._connection = connection

    def _run(self, method: str, *arguments: Any) -> Any:
        with self._connection.transaction():
            self._connection.execute(SET_DISTRICT, [str(acting_district())])
            return getattr(self._cursor, method)(*arguments)

    def execute(self, *arguments: Any) -> Any:
        return self._run("execute", *arguments)

    def executemany(self, *arguments: Any) -> Any:
        return self._run("executemany", *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __iter__(self) -> Any:
        return iter(self._cursor)

    def __enter__(self) -> "_SingleStatement":
        self._cursor.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._cursor.__exit__(*error)
