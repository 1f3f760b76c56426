"""What the commands of the workbench have in common."""

from collections.abc import Iterable
from pathlib import Path

import click

from stance.output import refuse_inputs
from stance.rows import refuse

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)

replacing = click.option("--force", is_flag=True, help="Replace the output if it is there.")


def protect(out: Path, force: bool, inputs: Iterable[Path] = ()) -> None:
    """Refuse to write over a file that may hold hours of work, or over what is read.

    Raises
    ------
    AnnotationError
        The file exists and holds something.
    StanceError
        It is among the inputs, whatever `force` says.
    """
    refuse_inputs(out, inputs)
    if not force and out.exists() and out.stat().st_size:
        refuse("exists; name another file, or give --force to replace it", out)


def default_annotations(path: Path | None) -> Path:
    """Path given, else the packaged annotations."""
    if path is not None:
        return path
    from stance.resources import annotations_folder

    return annotations_folder()
