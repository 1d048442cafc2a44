"""Tells how many database statements an answer took: in the header Server-Timing, in test installations only."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

from watchbell.line import clock


class CountsQueries:
    """`Server-Timing: db;dur=<milliseconds>;desc="<statements>"` on every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        count, seconds = 0, 0.0

        def watch(execute: Callable[..., Any], *arguments: Any) -> Any:
            nonlocal count, seconds
            count += 1
            began = clock.monotonic()
            try:
                return execute(*arguments)
            finally:
                seconds += clock.monotonic() - began

        with connection.execute_wrapper(watch):
            response = self.get_response(request)
        response.headers["Server-Timing"] = f'db;dur={seconds * 1000:.2f};desc="{count}"'
        return response
