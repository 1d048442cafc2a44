"""`python tests/fuzz/run.py [SECONDS] [TARGET…]`: libFuzzer on each decoder in turn; 1 when one raises or hangs."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

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


def fuzz_one(name: str) -> None:
    """Runs libFuzzer in this process; never returns."""
    import atheris

    with atheris.instrument_imports(include=["watchbell"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name][0]

    def meet(raw: bytes) -> None:
        target(raw)

    atheris.Setup(sys.argv, meet)
    atheris.Fuzz()


def run_all(seconds: int, names: list[str]) -> int:
    """Each target for `seconds`; 1 when any failed, with what it met."""
    from tests.fuzz.targets import TARGETS

    failed = []
    for name in names or list(TARGETS):
        with tempfile.TemporaryDirectory() as folder:
            count = seeds_of(TARGETS[name][1], Path(folder))
            options = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", f"-timeout={HANG_SECONDS}",
                       f"-artifact_prefix={folder}/", "-print_final_stats=1"]  # fmt: skip
            environment = {**os.environ, "FUZZ_TARGET": name, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
            command = [sys.executable, __file__, *options, folder]
            out = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            runs = [line.split(":")[-1].strip() for line in out.stderr.splitlines() if "number_of_executed" in line]
            print(f"{name:10} {seconds:5} s {count:4} seeds {(runs or ['?'])[0]:>10} runs  exit {out.returncode}")
            if out.returncode:
                failed.append(name)
                print(out.stdout[-1000:], out.stderr[-3000:])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    if os.environ.get("FUZZ_TARGET"):
        fuzz_one(os.environ["FUZZ_TARGET"])
    sys.exit(run_all(int(sys.argv[1]) if len(sys.argv) > 1 else 5, sys.argv[2:]))
