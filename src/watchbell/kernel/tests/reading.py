"""What a test reads of a page."""


def one_line(content: bytes | str) -> str:
    """A page's source with each run of whitespace as one space, as a browser reads it: templates break long lines."""
    return " ".join((content.decode() if isinstance(content, bytes) else content).split())
