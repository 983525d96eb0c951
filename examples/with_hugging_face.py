"""Rare labels in the Hugging Face Trainer: a loss by `compute_loss_func`, probabilities from its logits.

pip install 'scarce[torch,trainers]' && python examples/with_hugging_face.py
"""

from __future__ import annotations

import tempfile

import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

from scarce.torch import FocalLoss

ALARM = 7  # the word that makes a sentence likely to be positive


class Sentences(Dataset):
    """Sentences of twelve random words; about one in twenty is positive."""

    def __init__(self, rows: int, seed: int) -> None:
        draw = torch.Generator().manual_seed(seed)
        self.words = torch.randint(1, 40, (rows, 12), generator=draw)
        has_alarm = (self.words[:, :4] == ALARM).any(dim=1)
        chance = torch.where(has_alarm, 0.35, 0.01)
        self.labels = (torch.rand(rows, generator=draw) < chance).long()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, row: int) -> dict[str, torch.Tensor]:
        return {"input_ids": self.words[row], "labels": self.labels[row]}


class TrainerLoss:
    """A loss as the Trainer calls it: with outputs, and the number of items of all batches of a step."""

    def __init__(self, loss: torch.nn.Module) -> None:
        self.loss = loss

    def __call__(self, outputs, labels, num_items_in_batch=None) -> torch.Tensor:
        """Return the sum over this batch, divided by the rows of every batch that makes one step."""
        rows = (labels != -100).sum() if num_items_in_batch is None else num_items_in_batch
        return self.loss(outputs["logits"], labels) / rows


def main() -> None:
    """Train, and compare the mean probability on new rows with their prevalence."""
    set_seed(0)
    data, held_out = Sentences(4_000, seed=1), Sentences(4_000, seed=2)
    positives = data.labels.float().mean().item()

    small = BertConfig(
        vocab_size=40,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=16,
        num_labels=2,
    )
    model = BertForSequenceClassification(small)
    loss = FocalLoss(gamma=2.0, reduction="sum")
    loss.init_bias(model.classifier, [1.0 - positives, positives])

    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=5,
            per_device_train_batch_size=64,
            per_device_eval_batch_size=512,
            gradient_accumulation_steps=2,
            learning_rate=3e-3,
            use_cpu=True,
            report_to="none",
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
            dataloader_pin_memory=False,
            seed=0,
        )
        trainer = Trainer(model, arguments, train_dataset=data, compute_loss_func=TrainerLoss(loss))
        trainer.train()
        logits = torch.tensor(trainer.predict(held_out).predictions)

    probability = loss.posterior(logits)[:, 1]
    print(f"prevalence               {held_out.labels.float().mean():.4f}")
    print(f"mean softmax of logits   {torch.softmax(logits, dim=1)[:, 1].mean():.4f}")
    print(f"mean probability         {probability.mean():.4f}")


if __name__ == "__main__":
    main()
