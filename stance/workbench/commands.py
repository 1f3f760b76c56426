"""The command group `stance annotations`."""

import click

from stance.workbench.exchange_commands import export, import_, interface
from stance.workbench.labelling_commands import annotate, init, suggest
from stance.workbench.quality_commands import adjudicate, agreement, check, review


@click.group(
    epilog="""\b
From raw text to a better model:
  stance annotations init greece-turkey --first Greece --second Turkey
  cd greece-turkey
  stance annotations suggest ../texts --annotations . --random-share 1 --out pool.jsonl
  stance annotations annotate pool.jsonl --annotator ann --out ann.jsonl
  stance annotations annotate pool.jsonl --annotator bo --out bo.jsonl
  stance annotations agreement ann.jsonl bo.jsonl
  stance annotations adjudicate ann.jsonl bo.jsonl --sentences pool.jsonl --out train.jsonl
  stance annotations check .
  stance retrain --annotations . --out ../my-model
  stance annotations suggest ../texts --annotations . --model ../my-model --out more.jsonl
  stance annotations review . --model ../my-model"""
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
