"""Documents for print: a Typst template and its figures become a tagged PDF (PDF/UA-1), the same bytes each time."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from watchbell.line.errors import Unavailable


def compile_pdf(template: Path, content: dict[str, Any], at: datetime) -> bytes:
    """The PDF of `template`, which reads `content` by `json(bytes(sys.inputs.content))`. at: the document's date.

    Typst's own fonts only, so that every machine makes the same pages. Raises Unavailable with the compiler's words.
    """
    try:
        return typst.compile(
            template.read_bytes(), format="pdf", sys_inputs={"content": json.dumps(content, default=str)},
            ignore_system_fonts=True, pdf_standards=["ua-1"], timestamp=int(at.timestamp()),
        )  # fmt: skip
    except typst.TypstError as error:
        raise Unavailable(f"The PDF could not be made: {error}") from error
