"""The model card, written from what training measured."""

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

from stance.evaluation import Evaluation
from stance.labels import LABELS
from stance.resources import package_data


def shares_in_words(shares: Sequence[float]) -> str:
    """Label shares as a phrase."""
    return ", ".join(f"{label} {share:.2f}" for label, share in zip(LABELS, shares, strict=True))


def write_card(manifest: Mapping[str, Any], evaluation: Evaluation, notes: str = "") -> str:
    """Fill in the card.

    Parameters
    ----------
    manifest : mapping
        As retraining writes it.
    evaluation : Evaluation
        On the test part.
    notes : str
        Added at the end: what no command can measure, such as intended use and known failures.
    """
    training = manifest["training"]
    headline = {
        "macro-F1": evaluation.macro_f1,
        "accuracy": evaluation.accuracy,
        **{f"F1 {label}": figure for label, figure in evaluation.f1.items()},
        "polarity accuracy, statements with a stance": evaluation.polarity,
        "stance or neutral, accuracy": evaluation.stance_or_neutral,
        "contrasting sets with every member right": evaluation.pairs,
        "unlike members of contrasting sets, both right": evaluation.unlike_pairs,
        "expected calibration error": evaluation.calibration_error,
        "accuracy, more confident half": evaluation.confident_half,
    }
    rows = [f"| {name} | {figure} |" for name, figure in headline.items() if figure is not None]
    figures = "\n".join(["| figure | value, 95% interval by group |", "|---|---|", *rows])
    template = Template(package_data("card.md").read_text(encoding="utf-8"))
    card = template.substitute(
        name=manifest["name"],
        sentences=training["sentences"],
        groups=training["groups"],
        digest=training["digest"],
        evaluated_on=manifest["evaluated_on"],
        train_shares=shares_in_words(training["label_shares"]),
        temperature=f"{training['temperature']:.3f}",
        penalty=f"{training['penalty']:g}",
        folds=training["folds"],
        validation=", ".join(
            f"macro-F1 {figure:.3f} at {penalty}"
            for penalty, figure in training["validation"].items()
        ),
        seed=training["seed"],
        tokens=training["tokens"],
        features=training["features"],
        versions=", ".join(f"{name} {number}" for name, number in manifest["versions"].items()),
        figures=figures,
        majority=f"{manifest['baselines']['majority']:.3f}",
        tfidf=f"{manifest['baselines']['tfidf']:.3f}",
        evaluation=evaluation.to_text().strip(),
    )
    return card + (f"\n{notes.strip()}\n" if notes else "")
