"""What an I/O module's inputs mean, and what is asked of it: pure. The protocol itself is pymodbus (pinned exactly)."""

from collections.abc import Iterable
from typing import Any

import msgspec

from watchbell.wire.press import KINDS

NORMAL, PRESSED, CUT, SHORT = "normal", "pressed", "cut", "short"
MEANINGS = (NORMAL, PRESSED, CUT, SHORT)
#: A supervised loop with two equal resistors on a 12-bit input: shorted, button closed, at rest, cut.
DEFAULT_LEVELS = ((200, SHORT), (1400, PRESSED), (3000, NORMAL), (65535, CUT))
#: Most that one request may ask for (Modbus Application Protocol V1.1b3 §6.2, §6.4).
MOST_BITS, MOST_REGISTERS = 2000, 125
MOST_COILS_WRITTEN, HIGHEST_ADDRESS = 1968, 65535  # §6.12, §4.4
STUCK_SECONDS = 600.0


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """A button. style: "contact" (discrete input, FC2) or "supervised" (register of a loop with resistors, FC4).

    closed_is_pressed: False for a contact that opens when pressed. levels: (highest value, meaning), rising.
    place: UUID text. stuck_seconds: pressed for longer is trouble.
    """

    endpoint: str
    input: int
    name: str = ""
    style: str = "contact"
    closed_is_pressed: bool = True
    levels: tuple[tuple[int, str], ...] = DEFAULT_LEVELS
    kind: str = "lockdown"
    place: str | None = None
    place_name: str = ""
    stuck_seconds: float = STUCK_SECONDS
    test_session: str | None = None
    test_until: float = 0.0

    def mode(self, now: float) -> str:
        """Real, unless two people have opened a test session of this button that still lasts."""
        return self.test_session if self.test_session in ("drill", "test") and now < self.test_until else "real"


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """A strobe on one coil or several in a row. patterns: the coils' states by kind of alarm; all on where none is."""

    endpoint: str
    coils: tuple[int, ...]
    name: str = ""
    patterns: dict[str, tuple[bool, ...]] = {}

    def pattern_of(self, kind: str) -> tuple[bool, ...]:
        """The coils' states while an alarm of `kind` is on."""
        found = self.patterns.get(kind, self.patterns.get("default", ()))
        return found if len(found) == len(self.coils) else (True,) * len(self.coils)


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """An I/O module: host, port, unit (device id), and what hangs on it. poll_ms: 100 to 250 as a rule."""

    module: str
    endpoint: str
    district: str
    site: str
    host: str
    port: int = 502
    unit: int = 1
    name: str = ""
    poll_ms: int = 150
    timeout_seconds: float = 1.0
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()

    @property
    def device(self) -> str:
        return f"modbus/{self.module}"

    def device_of(self, one: Input | Output) -> str:
        return f"{self.device}/{one.input}" if isinstance(one, Input) else f"{self.device}/c{one.coils[0]}"


def read_modules(entries: Iterable[dict[str, Any]]) -> tuple[list[Module], list[str]]:
    """The modules of a configuration, and one sentence for each that could not be used."""
    modules, problems = [], []
    for entry in entries:
        try:
            module = msgspec.convert({k: v for k, v in entry.items() if v is not None}, Module, strict=False)
            _check(module)
        except (msgspec.ValidationError, ValueError) as error:
            problems.append(f"I/O module {entry.get('module', '?')}: {error}.")
            continue
        modules.append(module)
    return modules, problems


def _check(module: Module) -> None:
    """Two strobes on one coil, or a button nobody can read, is a mistake to be told before the day."""
    if not 0 <= module.unit <= 255 or not 1 <= module.port <= 65535:
        raise ValueError("its unit is a number from 0 to 255, its port one from 1 to 65535")
    if module.poll_ms <= 0 or module.timeout_seconds <= 0:
        raise ValueError("it is asked every so many milliseconds and waited for some seconds, not none")
    coils = [coil for output in module.outputs for coil in output.coils]
    if len(coils) != len(set(coils)) or any(not output.coils for output in module.outputs):
        raise ValueError("each coil belongs to exactly one strobe")
    for output in module.outputs:
        if list(output.coils) != list(range(output.coils[0], output.coils[0] + len(output.coils))):
            raise ValueError("the coils of a strobe lie in a row: what lies between them is not to be touched")
        if not 0 <= output.coils[0] <= output.coils[-1] <= HIGHEST_ADDRESS or len(output.coils) > MOST_COILS_WRITTEN:
            raise ValueError(f"a strobe has at most {MOST_COILS_WRITTEN} coils, numbered from 0 to {HIGHEST_ADDRESS}")
    for one in module.inputs:
        if one.kind not in KINDS or one.style not in ("contact", "supervised") or not 0 <= one.input <= 65535:
            raise ValueError(f"input {one.input} has no kind of alarm, no style or no number that fits")
        if any(meaning not in MEANINGS for _, meaning in one.levels):
            raise ValueError(f"input {one.input} has a level that means nothing")
        if list(one.levels) != sorted(one.levels, key=lambda level: level[0]):
            raise ValueError(f"input {one.input} has levels that do not rise")


def read_contact(one: Input, is_closed: bool) -> str:
    """The meaning of a discrete input."""
    return PRESSED if is_closed == one.closed_is_pressed else NORMAL


def read_loop(one: Input, value: int) -> str:
    """The meaning of a supervised loop's value; above all levels the wire is cut."""
    return next((meaning for highest, meaning in one.levels if value <= highest), CUT)


def spans(addresses: Iterable[int], most: int) -> list[tuple[int, int]]:
    """(first, count) of as few requests as cover `addresses`; a gap of more than 32 is not read over."""
    found: list[tuple[int, int]] = []
    for address in sorted(set(addresses)):
        first, count = found[-1] if found else (0, 0)
        if count and address - first < most and address - (first + count) <= 32:
            found[-1] = (first, address - first + 1)
        else:
            found.append((address, 1))
    return found
