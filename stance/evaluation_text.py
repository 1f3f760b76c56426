"""An evaluation as a page to read."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from stance.bootstrap import Figure
from stance.evaluation import Evaluation
from stance.labels import LABELS


def page(evaluation: Evaluation) -> str:
    """Plain text of at most 100 columns, figures with their 95 % intervals."""
    found = evaluation
    named: list[tuple[str, Figure | None]] = [
        ("macro-F1", found.macro_f1),
        ("accuracy", found.accuracy),
        ("polarity, of statements with a stance", found.polarity),
        ("stance or neutral", found.stance_or_neutral),
        (f"all members right, {found.pair_sets} contrasting sets", found.pairs),
        ("both right, unlike members of such sets", found.unlike_pairs),
        ("accuracy on the more confident half", found.confident_half),
        ("expected calibration error", found.calibration_error),
    ]
    header = (
        f"{found.statements} statements in {found.groups} groups; "
        f"95 % intervals from {found.draws} bootstrap samples of groups"
    )
    sections = [
        [header],
        _table(((name, str(figure)) for name, figure in named if figure is not None)),
        [
            "By label",
            *_table(
                [
                    ("", "F1", "precision", "recall"),
                    *(
                        (
                            label.value,
                            str(found.f1[label]),
                            f"{found.precision[label].value:.3f}",
                            f"{found.recall[label].value:.3f}",
                        )
                        for label in LABELS
                    ),
                ]
            ),
        ],
        [
            "Annotated (rows) and assigned (columns)",
            *_table(
                [
                    ("", *LABELS),
                    *(
                        (label.value, *map(str, row))
                        for label, row in zip(LABELS, found.confusion, strict=True)
                    ),
                ]
            ),
        ],
        [
            "Confidence and accuracy",
            *_table(
                [
                    ("confidence", "statements", "mean confidence", "accuracy"),
                    *(
                        (
                            f"{row.low:.1f}-{row.high:.1f}",
                            str(row.statements),
                            f"{row.confidence:.3f}",
                            f"{row.accuracy:.3f}",
                        )
                        for row in found.reliability
                    ),
                ]
            ),
        ],
        [
            "Accuracy on the most confident",
            *_table(
                [
                    ("share", "confidence from", "accuracy"),
                    *(
                        (
                            f"{row.share:.0%}",
                            f"{row.confidence:.3f}",
                            f"{row.accuracy:.3f}",
                        )
                        for row in found.by_confidence
                    ),
                ]
            ),
        ],
    ]
    for field, rows in groupby(found.slices, key=lambda part: part.field):
        table = [("", "statements", "macro-F1", "accuracy")]
        table += [
            (
                row.value,
                str(row.statements),
                str(row.macro_f1),
                f"{row.accuracy.value:.3f}",
            )
            for row in rows
        ]
        sections.append([f"By {field}", *_table(table)])
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows with columns lined up, the first to the left and the others to the right."""
    rows = [list(map(str, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if not i else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
