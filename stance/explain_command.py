"""Commands ``stance explain`` and ``stance info``."""

import click

from stance.assessment import Assessment
from stance.labels import LABELS, Label

_COLOURS = {Label.SUPPORTIVE: "green", Label.SKEPTICAL: "red", Label.NEUTRAL: "blue"}
_SHOWN = 12
_VISIBLE = 0.15


@click.command(
    epilog="""\b
Example:
  stance explain "Few in Tokyo expect Moscow to give way." """
)
@click.argument("text")
@click.option("--model", type=click.Path(exists=True, file_okay=False), help="Model folder.")
def explain(text: str, model: str | None) -> None:
    """Show the words that decided a statement's label."""
    from stance.api import chosen_model

    seen = chosen_model(model).assess(text)
    click.echo(coloured(text, seen))
    click.echo()
    click.secho(f"{seen.label}", fg=_COLOURS[seen.label], bold=True, nl=False)
    click.echo(f"  confidence {seen.confidence:.2f}, coverage {seen.coverage:.2f}")
    click.echo("  ".join(f"{label} {seen.probabilities[label]:.2f}" for label in LABELS))
    click.echo()
    width = max([len(cue.text) for cue in seen.cues] + [len("(before any word)")])
    heading = "".join(f"{label:>12}" for label in LABELS)
    click.echo(f"{'':<{width}}{heading}")
    weightiest = sorted(
        seen.cues, key=lambda cue: -max(abs(value) for value in cue.contributions.values())
    )
    rows = [(cue.text, cue.contributions) for cue in weightiest[:_SHOWN]]
    rest = weightiest[_SHOWN:]
    if rest:
        total = {label: sum(cue.contributions[label] for cue in rest) for label in LABELS}
        rows.append((f"({len(rest)} more)", total))
    for name, values in [*rows, ("(before any word)", seen.intercepts), ("score", seen.scores)]:
        click.echo(f"{name:<{width}}" + "".join(f"{values[label]:>+12.2f}" for label in LABELS))


def coloured(text: str, seen: Assessment) -> str:
    """The statement with the words that speak for a label in its colour."""
    parts = []
    done = 0
    for cue in seen.cues:
        label = max(LABELS, key=lambda label: cue.contributions[label])
        if cue.contributions[label] >= _VISIBLE:
            parts.append(text[done : cue.start])
            parts.append(click.style(cue.text, fg=_COLOURS[label], underline=True))
            done = cue.end
    return "".join([*parts, text[done:]])


@click.command(
    epilog="""\b
Examples:
  stance info
  stance info --model my-model --card"""
)
@click.option("--model", type=click.Path(exists=True, file_okay=False), help="Model folder.")
@click.option("--card", is_flag=True, help="Print the whole model card.")
def info(model: str | None, card: bool) -> None:
    """Show the model card in brief."""
    from stance.api import chosen_model
    from stance.storage import CARD

    loaded = chosen_model(model)
    manifest = loaded.manifest
    if card and loaded.path is not None:
        click.echo((loaded.path / CARD).read_text(encoding="utf-8"))
        return
    training, metrics = manifest["training"], manifest["metrics"]
    click.echo(f"{manifest['name']}  ({loaded.path})")
    click.echo(f"  stance       {manifest['versions']['stance']}, schema {manifest['schema']}")
    click.echo(
        f"  trained on   {training['sentences']} sentences, digest {training['digest'][:12]}"
    )
    click.echo(f"  evaluated on {manifest['evaluated_on']}")
    click.echo(f"  macro-F1     {metrics['macro_f1']['value']:.3f}")
    for label, figure in metrics["f1"].items():
        click.echo(f"    {label:<11}{figure['value']:.3f}")
    click.echo(f"  calibration  expected error {metrics['calibration_error']['value']:.3f}")
    click.echo("More: stance info --card")
