"""Pictures of an evaluation, the same bytes for the same figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.errors import StanceError
from stance.evaluation import Evaluation
from stance.labels import LABELS
from stance.stability import Point

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLE: Any = {
    "svg.hashsalt": "stance",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_INK, _PALE = "#1f4e79", "#b8cce0"


def draw_plots(evaluation: Evaluation, folder: Path, *, curve: Sequence[Point] = ()) -> list[Path]:
    """Draw confusion matrix, reliability diagram and, where given, the learning curve.

    Parameters
    ----------
    evaluation : Evaluation
    folder : Path
        Made where missing; files in it are replaced.
    curve : sequence of Point
        From `stance.stability.trace_learning_curve`.

    Returns
    -------
    list of Path
        The SVG files written.

    Raises
    ------
    StanceError
        matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
    except ImportError:
        raise StanceError(
            "pictures need matplotlib; pip install 'japan-russia-stance[plots]'"
        ) from None
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with rc_context(_STYLE):
        pictures = {
            "confusion.svg": _confusion(evaluation),
            "reliability.svg": _reliability(evaluation),
        }
        if curve:
            pictures["learning-curve.svg"] = _learning_curve(curve)
        for name, picture in pictures.items():
            picture.savefig(folder / name, format="svg", metadata={"Date": None})
            written.append(folder / name)
    return written


def _blank(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def _confusion(evaluation: Evaluation) -> "Figure":
    picture = _blank(4.6, 4.0)
    axes = picture.subplots()
    shares = [[cell / max(1, sum(row)) for cell in row] for row in evaluation.confusion]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for i, row in enumerate(evaluation.confusion):
        for j, cell in enumerate(row):
            share = shares[i][j]
            axes.text(
                j,
                i,
                f"{cell}\n{share:.0%}",
                ha="center",
                va="center",
                color="white" if share > 0.5 else "black",
            )
    names = [label.value for label in LABELS]
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xlabel("assigned")
    axes.set_ylabel("annotated")
    axes.set_title(f"macro-F1 {evaluation.macro_f1}", fontsize=10)
    return picture


def _reliability(evaluation: Evaluation) -> "Figure":
    picture = _blank(4.6, 4.6)
    upper, lower = picture.subplots(2, sharex=True, height_ratios=(4, 1))
    rows = evaluation.reliability
    upper.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    upper.plot(
        [row.confidence for row in rows],
        [row.accuracy for row in rows],
        "o-",
        color=_INK,
    )
    upper.set_ylim(0, 1.02)
    upper.set_ylabel("accuracy")
    upper.set_title(f"expected calibration error {evaluation.calibration_error}", fontsize=10)
    lower.bar(
        [row.low for row in rows],
        [row.statements for row in rows],
        width=0.1,
        align="edge",
        color=_PALE,
        edgecolor="white",
    )
    lower.set_xlim(0.3, 1.0)
    lower.set_xlabel("confidence")
    lower.set_ylabel("statements")
    return picture


def _learning_curve(curve: Sequence[Point]) -> "Figure":
    picture = _blank(5.4, 3.6)
    axes = picture.subplots()
    sizes = [point.sentences for point in curve]
    figures = [point.macro_f1 for point in curve]
    axes.fill_between(
        sizes,
        [figure.value if figure.low is None else figure.low for figure in figures],
        [figure.value if figure.high is None else figure.high for figure in figures],
        color=_PALE,
        linewidth=0,
        alpha=0.6,
    )
    axes.plot(sizes, [figure.value for figure in figures], "o-", color=_INK)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes], rotation=30)
    axes.minorticks_off()
    axes.set_xlabel("training sentences")
    axes.set_ylabel("macro-F1, with 95 % interval")
    return picture
