"""Blocks of an issue and their order; mail, page and text of them; pictures made safe; a digest's words: pure."""
