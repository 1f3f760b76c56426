"""The command group `stance annotations`."""

import click

from stance.workbench.exchange_commands import export, import_, interface
from stance.workbench.labelling_commands import annotate, init, suggest
from stance.workbench.quality_commands import adjudicate, agreement, check, review


@click.group(
    epilog="""\b
From raw text to a better model:
  stance annotations init greece-turkey --first Greece --second Turkey
  stance annotations suggest raw.txt --count 200 --out pool.jsonl
  stance annotations annotate pool.jsonl --annotator ann --out ann.jsonl
  stance annotations agreement ann.jsonl bo.jsonl
  stance annotations adjudicate ann.jsonl bo.jsonl --out greece-turkey/train.jsonl
  stance annotations check greece-turkey
  stance retrain --annotations greece-turkey --out my-model
  stance annotations review greece-turkey"""
)
def annotations() -> None:
    """Write, check, exchange and improve annotated sentences."""


for _command in (
    adjudicate,
    agreement,
    annotate,
    check,
    export,
    import_,
    init,
    interface,
    review,
    suggest,
):
    annotations.add_command(_command)
