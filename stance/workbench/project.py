"""A user's own project: the files that annotating and retraining start from."""

import re
import shutil
import unicodedata
from pathlib import Path

from stance.resources import annotations_folder
from stance.rows import refuse
from stance.workbench.files import replace_file

_TEMPLATE = Path(__file__).resolve().parent / "template"


def start_project(folder: Path | str, first: str, second: str) -> list[Path]:
    """Lay out a folder of annotations about the ties of two sides.

    It gets a codebook to complete, `names.tsv` and `target.toml` that know the two names, the
    packaged `cues.tsv` (whose expressions belong to no country), and an empty training and test
    part. Nothing that stands there is touched.

    Parameters
    ----------
    folder : Path or str
        The folder, made if it is not there.
    first, second : str
        Names of the two sides, as a reader would write them.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    AnnotationError
        A file is in the way, or the two names make the same group.
    """
    folder = Path(folder)
    groups = [group_name(first), group_name(second)]
    if groups[0] == groups[1]:
        refuse(f"'{first}' and '{second}' are one; name two sides")
    words = {"first": first, "second": second, "FIRST": groups[0], "SECOND": groups[1]}
    names = "".join(
        f"{name.lower()}\t{group}\n" for name, group in zip((first, second), groups, strict=True)
    )
    texts = {
        "CODEBOOK.md": _fill("CODEBOOK.md", words),
        "target.toml": _fill("target.toml", words),
        "names.tsv": f"name\tgroup\n{names}",
        "train.jsonl": "",
        "test.jsonl": "",
    }
    for name in (*texts, "cues.tsv"):
        if (folder / name).exists():
            refuse("is in the way; name a new folder", folder / name)
    for name, text in texts.items():
        replace_file(folder / name, text)
    shutil.copyfile(annotations_folder() / "cues.tsv", folder / "cues.tsv")
    return sorted(folder / name for name in (*texts, "cues.tsv"))


def group_name(name: str) -> str:
    """Group that a side's names fold to.

    Examples
    --------
    >>> group_name("Côte d'Ivoire")
    'COTE-D-IVOIRE'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    group = re.sub(r"[^A-Z0-9]+", "-", plain).strip("-")
    if not group:
        refuse(f"'{name}' has no Latin letter; write the name in Latin letters")
    return group


def _fill(name: str, words: dict[str, str]) -> str:
    text = (_TEMPLATE / name).read_text(encoding="utf-8")
    return re.sub(r"\{(\w+)\}", lambda match: words[match[1]], text)
