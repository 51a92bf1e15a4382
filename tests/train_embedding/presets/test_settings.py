"""Presets and changes to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatsort.data import InputError
from flatsort.train_embedding.presets.settings import build, load_settings, preset_names, settings_table

METHODS = ("vae", "vhp-vae", "fmvae")
PAPER = ("paper/pendulum", "paper/motion", "paper/mnist", "paper/mot16")
DATASETS = ("pendulum", "motion", "mnist", "mot16", "compact", *PAPER)


def test_of_several_that_are_extended_the_last_one_decides(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('extends = ["mot16/vhp-vae", "_crops/vae"]\n[training]\nbatch = 32\n')
    settings = load_settings(str(file))
    assert (settings.model.architecture, settings.model.prior, settings.training.batch) == ("mot16", "standard", 32)
    with pytest.raises(InputError, match="no such preset"):
        load_settings("_crops/vae")  # a part alone is none


def test_every_dataset_has_every_method() -> None:
    names = preset_names()
    assert {f"{d}/{m}" for d in DATASETS for m in METHODS} <= set(names)


@pytest.mark.parametrize("preset", preset_names())
def test_presets_load_and_say_what_they_are(preset: str) -> None:
    settings = load_settings(preset)
    method = preset.split("/")[-1]
    assert (settings.objective.eta > 0) == method.startswith("fmvae")
    assert (settings.model.prior == "standard") == (method == "vae")
    assert (settings.constraint.kappa == 0) == (method == "vae")


def test_flat_and_plain_presets_differ_by_flatness_alone() -> None:
    for dataset in DATASETS:
        plain, flat = (settings_table(load_settings(f"{dataset}/{method}")) for method in ("vhp-vae", "fmvae"))
        assert {s for s in plain if plain[s] != flat[s]} == {"objective"}, dataset


def test_changes_apply_in_order_with_or_without_their_section() -> None:
    changes = ["training.steps=7", "eta=1", "objective.form=paper", "steps=9", 'data.sources=["a", "b"]']
    settings = load_settings("pendulum/fmvae", changes)
    assert (settings.training.steps, settings.objective.eta, settings.objective.form) == (9, 1.0, "paper")
    assert settings.data.sources == ("a", "b")


def test_settings_survive_json() -> None:
    settings = load_settings("motion/fmvae")
    assert build("json", settings_table(settings)) == settings


BAD = {
    # name: (preset, changes, what the one line says)
    "unknown preset": ("pendulum/fmvea", [], "did you mean pendulum/fmvae"),
    "unknown key": ("pendulum/fmvae", ["training.step=5"], "did you mean training.steps"),
    "unknown bare key": ("pendulum/fmvae", ["kapa=5"], "did you mean kappa"),
    "unknown section": ("pendulum/fmvae", ["objetive.eta=5"], "did you mean objective.eta"),
    "no equals sign": ("pendulum/fmvae", ["training.steps"], "has no '='"),
    "wrong type": ("pendulum/fmvae", ["training.steps=many"], "training.steps is 'many'; give a value of type int"),
    "out of range": ("pendulum/fmvae", ["constraint.kappa=-1"], "constraint.kappa: -1.0 is not in [0, inf)"),
    "unknown choice": ("pendulum/fmvae", ["form=round"], "objective.form: 'round' is not one of scale-free, paper"),
    "architecture mistyped": ("pendulum/fmvae", ["architecture=pendolum"], "model.architecture: 'pendolum' is not one"),
    "uneven shares": ("pendulum/fmvae", ["devices=3"], "cannot share a batch"),
    "dataset is not to be set twice": ("pendulum/fmvae", ["model.dataset=mnist"], "no such setting"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_settings_are_one_line_that_names_the_cure(name: str) -> None:
    preset, changes, says = BAD[name]
    with pytest.raises(InputError) as caught:
        load_settings(preset, changes)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_ones_own_extends_a_preset(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('extends = "pendulum/fmvae"\n[training]\nsteps = 3\n')
    assert load_settings(str(file)).training.steps == 3
    file.write_text('extends = "pendulum/fmvae"\n[training]\nstep = 3\n')
    with pytest.raises(InputError, match=r"mine.toml: no setting training.step; did you mean training.steps"):
        load_settings(str(file))
    file.write_text("steps 3")
    with pytest.raises(InputError, match="is not TOML"):
        load_settings(str(file))
    file.write_bytes(b"\xff\xfes")
    with pytest.raises(InputError, match="is not TOML"):
        load_settings(str(file))
    file.write_text('extends = ["pendulum/fmvae", 3]')
    with pytest.raises(InputError, match=r"extends is \['pendulum/fmvae', 3\]; name a preset, or several"):
        load_settings(str(file))
    file.write_text(f"extends = '{file}'")
    with pytest.raises(InputError, match="extends itself"):
        load_settings(str(file))
    file.write_text("steps = 3")
    with pytest.raises(InputError, match="outside a section"):
        load_settings(str(file))


@pytest.mark.parametrize(
    "content", [f"steps = {'9' * 5000}", f"steps = {'[' * 5000}", "steps ="], ids=["long", "deep", "cut"]
)
def test_what_the_parser_cannot_take_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "s.toml").write_text(f"[training]\n{content}\n")
    with pytest.raises(InputError, match=r"s\.toml: is not TOML") as error:
        load_settings(str(tmp_path / "s.toml"))
    assert "\n" not in str(error.value)
