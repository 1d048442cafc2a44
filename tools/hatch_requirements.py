"""Reads the run-time dependencies from requirements.in, so they are written down once."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class CustomMetadataHook(MetadataHookInterface):
    def update(self, metadata: dict) -> None:
        lines = [line.partition("#")[0].strip() for line in Path(self.root, "requirements.in").read_text().splitlines()]
        metadata["dependencies"] = [line for line in lines if line]
