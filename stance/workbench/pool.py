"""Raw sentences waiting to be labelled, read one at a time."""

from collections.abc import Iterator
from pathlib import Path

from stance.annotations import text_digest
from stance.rows import Row, read_lines, read_rows


def read_pool(path: Path | str) -> Iterator[Row]:
    """Rows of a pool, each with `id` and `text`, in bounded memory.

    Parameters
    ----------
    path : Path or str
        A `.txt` file with a sentence a line, or a `.jsonl`, `.csv` or `.tsv` file with a field
        `text`; each also with `.gz` behind. Rows without text are passed over; those without an
        id are named by a digest of their text.

    Raises
    ------
    AnnotationError
        A file that cannot be read, or a row that does not parse.
    """
    path = Path(path)
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    if suffix == ".txt":
        rows: Iterator[Row] = ({"text": line.strip()} for line in read_lines(path))
    else:
        rows = (row for _, row in read_rows(path))
    for row in rows:
        text = row.get("text")
        if isinstance(text, str) and text.strip():
            name = row.get("id")
            yield {**row, "id": name if isinstance(name, str) and name else text_digest(text)}
