"""Fuzz for a bounded time: ``python -m tests.fuzz.run --seconds 60``.

Needs the `fuzz` extra. An input that breaks a promise is written to the folder of finds and makes
the command fail; put it into ``tests/fuzz/finds/TARGET/`` to keep it as a case.
"""

import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import click

from tests.fuzz.targets import TARGETS, seeds

FINDS = Path(__file__).with_name("finds")

_HARNESS = """
import sys
import atheris

with atheris.instrument_imports(include=["stance"]):
    from tests.fuzz.targets import TARGETS
target = TARGETS[sys.argv.pop(1)]
atheris.Setup(sys.argv, target)
atheris.Fuzz()
"""


@click.command()
@click.option("--target", "names", multiple=True, type=click.Choice(list(TARGETS)))
@click.option("--seconds", default=60, show_default=True, help="For all targets together.")
@click.option("--finds", type=click.Path(path_type=Path), help="Where inputs that fail go.")
@click.option(
    "--longest", default=4096, show_default=True, help="Bytes of an input, or as seeds are."
)
def main(names: tuple[str, ...], seconds: int, finds: Path | None, longest: int) -> None:
    """Fuzz the targets one after the other; report inputs tried and features of coverage."""
    if find_spec("atheris") is None:
        raise click.ClickException("atheris is missing; pip install 'japan-russia-stance[fuzz]'")
    finds = finds or Path(tempfile.mkdtemp(prefix="stance-finds-"))
    chosen = names or tuple(TARGETS)
    failed = []
    for name in chosen:
        tried, features, message = _fuzz(name, max(1, seconds // len(chosen)), finds, longest)
        result = "FAILED" if message else "ok"
        click.echo(f"{name:<12} {tried:>9,} inputs  {features:>7,} features  {result}")
        if message:
            failed.append(name)
            click.echo(message, err=True)
    if failed:
        raise click.ClickException(f"{', '.join(failed)}: see the inputs in {finds}")


def _fuzz(name: str, seconds: int, finds: Path, longest: int) -> tuple[int, int, str]:
    """Number of inputs tried, features of coverage they reached, and what went wrong."""
    begin = finds / "seeds" / name
    begin.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        longest = max(longest, len(seed))
        (begin / f"{number:03}").write_bytes(seed)
    (finds / name).mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            *(sys.executable, "-c", _HARNESS, name, str(begin)),
            *(f"-max_total_time={seconds}", f"-max_len={longest}", "-timeout=20"),
            *("-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={finds / name}/"),
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    features = re.findall(r"\bft: (\d+)", done.stderr)
    wrong = done.returncode != 0 or tried is None
    return (
        int(tried[1]) if tried else 0,
        int(features[-1]) if features else 0,
        (done.stdout + done.stderr)[-4000:] if wrong else "",
    )


if __name__ == "__main__":
    main()
