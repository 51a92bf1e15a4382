"""The mean teacher: the running average of the weights, and nothing that trains."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from flatsort.train_embedding.loop.mean_teacher import MeanTeacher


def network(value: float) -> nn.Sequential:
    made = nn.Sequential(nn.Linear(2, 1, bias=False), nn.BatchNorm1d(1))
    nn.init.constant_(made[0].weight, value)  # type: ignore[arg-type]
    return made


def weight(teacher: MeanTeacher) -> float:
    return float(teacher.module.state_dict()["0.weight"][0, 0])


def test_late_steps_move_it_by_its_memory() -> None:
    teacher = MeanTeacher(network(1.0), memory=0.9)
    teacher.follow(network(2.0), 10_000)
    assert weight(teacher) == pytest.approx(1.1)


def test_the_first_weights_are_soon_forgotten() -> None:
    teacher = MeanTeacher(network(1.0), memory=0.99)
    for step in range(30):
        teacher.follow(network(2.0), step)
    assert weight(teacher) > 1.999


def test_it_evaluates_counts_steps_and_does_not_train() -> None:
    student = network(1.0)
    teacher = MeanTeacher(student)
    student(torch.randn(4, 2))
    teacher.follow(student, 0)
    counted = teacher.module.state_dict()["1.num_batches_tracked"]
    assert int(counted) == 1
    assert not teacher.module.training
    assert not any(parameter.requires_grad for parameter in teacher.module.parameters())
    assert student[0].weight.requires_grad


def test_a_memory_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="memory"):
        MeanTeacher(network(1.0), memory=1.0)
