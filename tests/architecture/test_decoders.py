"""Whatever reads bytes from outside is met by the fuzzer, by name."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HOUSE = ROOT / "src" / "watchbell"
#: Read only through a decoder that is named itself, or given what a decoder has found.
THROUGH = {
    "parse_dialog_info": "read_calls",
    "parse_json": "read_calls",
    "parse_form": "read_calls",
    "parse_notice": "read_calls",
    "parse_pairs": "parse_challenge",
    "make_signer": "load_key",
    "code_of": "parse_request",
}


def decoders() -> set[str]:
    """Names of the public functions of gateways, the recorder, `line` and `wire` that may answer `Malformed`."""
    files = [path for room in ("gateways", "recorder", "line", "wire") for path in (HOUSE / room).rglob("*.py")]
    found = set()
    for path in files:
        if "tests" in path.parts:
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                spoken = ast.unparse(node.returns) if node.returns else ""
                given = " ".join(ast.unparse(one.annotation) for one in node.args.args if one.annotation)
                if "Malformed" in spoken or "Malformed" in given:
                    found.add(node.name)
    return found


def test_every_decoder_is_fuzzed() -> None:
    words = {
        getattr(node, "id", "") or getattr(node, "attr", "") or getattr(node, "asname", "") or getattr(node, "name", "")
        for node in ast.walk(ast.parse("\n".join(path.read_text() for path in (ROOT / "tests" / "fuzz").glob("*.py"))))
    }
    found = decoders()
    assert len(found) > 40 and "read_frame" in found, "these are the decoders"
    assert found - words == set(THROUGH), "neither fuzzed nor reached through what is"
    assert set(THROUGH.values()) <= words
