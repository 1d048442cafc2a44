"""`python tests/fuzz/run.py [SECONDS] [TARGET…]`: libFuzzer on each decoder in turn; 1 when one raises or hangs."""

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parent.parent.parent
MOST_BYTES, HANG_SECONDS = 8192, 5


def seeds_of(folders: tuple[str, ...], target: Path) -> int:
    """Copies the small files of the vectors into a folder that is thrown away; how many."""
    vectors = Path(os.environ.get("WATCHBELL_VECTORS") or ROOT.parent / "shared" / "vectors")
    found = [path for folder in folders for path in (vectors / folder).rglob("*") if path.is_file()]
    small = [path for path in found if path.stat().st_size <= MOST_BYTES][:300]
    for number, path in enumerate(small):
        (target / str(number)).write_bytes(path.read_bytes())
    return len(small)


def load_instrumented() -> dict[str, Any]:
    """The targets, with what they call instrumented: once for all of them, which takes longer than some have to run."""
    import atheris

    with atheris.instrument_imports(include=["watchbell"]):
        from tests.fuzz.targets import TARGETS
    return TARGETS


def fuzz_one(target: Callable[[bytes], None], options: list[str]) -> NoReturn:
    """Runs libFuzzer in this process; never returns."""
    import atheris

    atheris.Setup([sys.argv[0], *options], lambda raw: target(raw))
    atheris.Fuzz()
    sys.exit(0)


def fuzz_in_child(target: Callable[[bytes], None], options: list[str], told: Path) -> int:
    """Its exit code; what it said is in `told`."""
    child = os.fork()
    if child == 0:
        try:
            with told.open("wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            fuzz_one(target, options)
        except BaseException:
            traceback.print_exc()
        finally:  # what the parent keeps for it is not the child's to clean up
            sys.stderr.flush()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_all(seconds: int, names: list[str]) -> int:
    """Each target for `seconds`; 1 when any failed, with what it met."""
    targets, failed = load_instrumented(), []
    for name in names or list(targets):
        with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as said:
            target, seeds = targets[name][:2]
            count = seeds_of(seeds, Path(folder))
            options = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-timeout={HANG_SECONDS}",
                       f"-artifact_prefix={folder}/", "-print_final_stats=1", folder]  # fmt: skip
            sys.stdout.flush()
            code = fuzz_in_child(target, options, Path(said.name))
            told = Path(said.name).read_text(errors="replace")
            runs = [line.split(":")[-1].strip() for line in told.splitlines() if "number_of_executed" in line]
            print(f"{name:10} {seconds:5} s {count:4} seeds {(runs or ['?'])[0]:>10} runs  exit {code}")
            if code:
                failed.append(name)
                print(told[-4000:])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    sys.exit(run_all(int(sys.argv[1]) if len(sys.argv) > 1 else 5, sys.argv[2:]))
