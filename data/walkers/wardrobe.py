"""Outfits of the walkers: distinct by colour and pattern, so that a descriptor can tell people apart."""

from __future__ import annotations

import colorsys

import numpy as np

from flatsort.data.walkers.figure import Colour, Outfit


def _bgr(code: str) -> Colour:
    return int(code[4:6], 16), int(code[2:4], 16), int(code[0:2], 16)


_SKIN = tuple(map(_bgr, ("f1c9a5", "e0ac83", "c58c62", "8d5a3b", "5c3a26")))
_HAIR = tuple(map(_bgr, ("1d1713", "3b2618", "6b4423", "b98a4a", "8d8d8d", "802f1a")))
_SHOES = tuple(map(_bgr, ("1b1b1f", "4a3020", "e8e6e0", "7a1f1f")))

# (top, second, pattern, legs) as red-green-blue codes, then what else is worn.
_CLOTHES: tuple[tuple[tuple[str, str, str, str], dict[str, bool | str]], ...] = (
    (("c62828", "f5f5f5", "bands", "23304d"), {}),
    (("f6c927", "f6c927", "plain", "2e2e33"), {"bag": "1f3d7a"}),
    (("1b8a4b", "0f5a31", "checks", "9c8a5c"), {"hat": "0f5a31"}),
    (("1e4fbf", "e8eefc", "stripes", "d9342b"), {}),
    (("f3f3f0", "d81b60", "dots", "d81b60"), {"skirt": True, "short_sleeves": True}),
    (("6a2c9a", "6a2c9a", "plain", "e3b7f0"), {"coat": True}),
    (("ef7d1a", "3b3b40", "halves", "3f7fc4"), {"short_sleeves": True}),
    (("17202b", "17202b", "plain", "c9a24e"), {"coat": True, "hat": "8c1c13"}),
    (("18a7b5", "fdf6e3", "checks", "fdf6e3"), {}),
    (("8b4a1b", "5a2c0c", "stripes", "1c6b57"), {"bag": "c62828"}),
    (("e9e4d4", "2b9a3d", "bands", "2b9a3d"), {"short_sleeves": True}),
    (("f06ab0", "8d1d5f", "halves", "5a1440"), {"bag": "f6c927"}),
    (("9aa4ad", "9aa4ad", "plain", "a31621"), {"skirt": True}),
    (("b4d335", "30451a", "dots", "6b7d1c"), {"hat": "30451a"}),
    (("2f3b52", "d9a441", "bands", "d9a441"), {}),
    (("d7d0f0", "5b46b0", "stripes", "5b46b0"), {"skirt": True}),
)


def outfits(count: int, rng: np.random.Generator) -> list[Outfit]:
    """`count` outfits in random order. The first sixteen are made by hand; more differ by hue and pattern."""
    order = rng.permutation(len(_CLOTHES))
    dressed = []
    for number in range(count):
        if number < len(order):
            (top, second, pattern, legs), other = _CLOTHES[int(order[number])]
            dressed.append(_dress(_bgr(top), _bgr(second), pattern, _bgr(legs), other, rng))
        else:
            # The golden ratio spreads the hues of any number of people evenly.
            hue = (number * 0.618034) % 1.0
            pattern = ("plain", "bands", "stripes", "checks", "dots", "halves")[number % 6]
            colours = [_hue(hue, 0.75, 0.85), _hue(hue + 0.45, 0.5, 0.95), _hue(hue + 0.2, 0.5, 0.35)]
            dressed.append(_dress(colours[0], colours[1], pattern, colours[2], {}, rng))
    return dressed


def _hue(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return int(255 * blue), int(255 * green), int(255 * red)


def _dress(
    top: Colour, second: Colour, pattern: str, legs: Colour, other: dict[str, bool | str], rng: np.random.Generator
) -> Outfit:
    hat, bag = other.get("hat"), other.get("bag")
    return Outfit(
        top=top,
        second=second,
        pattern=pattern,
        legs=legs,
        shoes=_SHOES[int(rng.integers(len(_SHOES)))],
        hair=_HAIR[int(rng.integers(len(_HAIR)))],
        skin=_SKIN[int(rng.integers(len(_SKIN)))],
        coat=bool(other.get("coat", False)),
        skirt=bool(other.get("skirt", False)),
        short_sleeves=bool(other.get("short_sleeves", False)),
        hat=_bgr(hat) if isinstance(hat, str) else None,
        bag=_bgr(bag) if isinstance(bag, str) else None,
        stoutness=float(rng.uniform(0.92, 1.18)),
    )
