"""Annotating, checking, exchanging and improving labelled sentences."""

from stance.workbench.check import check_annotations
from stance.workbench.exchange import read_items, write_items
from stance.workbench.items import Item
from stance.workbench.judgements import Judgement, Verdict, collect_judgements
from stance.workbench.mend import mend_annotations
from stance.workbench.pool import read_pool
from stance.workbench.project import start_project

__all__ = [
    "Item",
    "Judgement",
    "Verdict",
    "check_annotations",
    "collect_judgements",
    "mend_annotations",
    "read_items",
    "read_pool",
    "start_project",
    "write_items",
]
