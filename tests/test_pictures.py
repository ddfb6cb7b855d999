"""Pictures of statistical verdicts: their numbers are the trial's, and what is wrong is seen."""

from __future__ import annotations

import json
import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.backend import Backend
from backends.numpy import NumpyBackend
from properties.finding import Verdict
from properties.initializers.propagation import DEPTH, NETWORKS, WIDTH
from properties.judge import judge
from properties.pictures import Picture
from properties.pictures.counts import Counts
from properties.pictures.depths import Depths
from properties.pictures.histograms import Histogram
from properties.pictures.updates import Updates
from properties.regularization.masks import LINES, SEEDS
from properties.strategies import PROFILES
from reference.catalogue import techniques
from reference.numerics import Array
from reports.report import write
from reports.runs import RunError, RunWriter, read
from tests.test_report import HEADER, TOTALS, Elements

FIFTY = ("carries_signals_through_fifty_layers", "carries_gradients_through_fifty_layers")


def _drawn(
    picture: Picture, technique: str, laws: tuple[str, ...], function: Any = None
) -> tuple[dict[str, Any], dict[str, Verdict]]:
    """A picture of one technique in float32 on NumPy, or of another function; and the verdicts."""
    host: Backend = NumpyBackend()
    if function is not None:
        host = NumpyBackend.offering("other", {technique: function})
    known, profile = techniques()[technique], PROFILES["quick"]
    verdicts = judge(known, host, "float32", profile, only=laws, watch=picture.watch)
    row = picture.row()
    assert row is not None
    return row, {v.law: v for v in verdicts}


def _panels(row: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(p["activation"], p["direction"]): p for p in row["panels"]}


def test_depths_are_those_of_networks_carried_by_hand() -> None:
    """Weights of seeds 0, 1 ..., a signal through ReLU layers: the mean of R, layer by layer."""
    row, verdicts = _drawn(Depths(), "initializers.he_normal", FIFTY)
    panels = _panels(row)
    assert set(panels) == {(a, d) for a in ("relu", "leaky_relu") for d in ("forward", "backward")}
    assert {v.verdict for v in verdicts.values()} == {"conforms"}
    he, shape = techniques()["initializers.he_normal"], (WIDTH, WIDTH)
    h = np.random.default_rng(WIDTH).standard_normal((NETWORKS, WIDTH))
    means = []
    for layer in range(DEPTH):
        seeds = [network * DEPTH + layer for network in range(NETWORKS)]
        w = np.stack([he(s, np.empty(shape, np.float32), negative_slope=0.0).values for s in seeds])
        before, h = np.sum(h**2, 1), np.maximum(np.einsum("koi,ki->ko", w.astype(float), h), 0.0)
        means.append(np.mean(np.sum(h**2, 1) / before))
    count = np.arange(1, DEPTH + 1)
    by_hand = count * np.log10(np.cumsum(means) / count)
    panel = panels["relu", "forward"]
    assert panel["measured"] == pytest.approx(by_hand, abs=1e-4)
    assert panel["theory"] == pytest.approx(np.zeros(DEPTH), abs=1e-4)


def test_depths_of_honest_weights_lie_in_the_band_as_the_verdicts_do() -> None:
    """tanh and sigmoid too, after every layer; at the last the verdict's own bound is drawn."""
    row, verdicts = _drawn(Depths(), "initializers.glorot_normal", FIFTY)
    assert {v.verdict for v in verdicts.values()} == {"conforms"}
    assert {p["activation"] for p in row["panels"]} == {"linear", "tanh", "sigmoid"}
    for panel in row["panels"]:
        columns = (np.array(panel[name], float) for name in ("low", "measured", "high"))
        low, measured, high = columns
        assert np.all((low <= measured) & (measured <= high))
        assert panel["share"] < 1
    backward = _panels(row)["sigmoid", "backward"]
    assert backward["theory"][-1] < -DEPTH * math.log10(16)


def _lecun(seed: Array, weight: Array) -> Array:
    """Half of what ReLU passes is not made up for."""
    fan = math.prod(weight.shape[1:])
    z = np.random.default_rng(int(seed)).standard_normal(weight.shape)
    return np.asarray(z / math.sqrt(fan) if fan else z, weight.dtype)


def test_depths_of_a_wrong_variance_leave_the_band() -> None:
    """LeCun's weights under He's name: 2^-50 of the variance, far below what the law allows."""
    row, verdicts = _drawn(Depths(), "initializers.he_normal", FIFTY, _lecun)
    assert {v.verdict for v in verdicts.values()} == {"fails"}
    for direction in ("forward", "backward"):
        panel = _panels(row)["relu", direction]
        assert panel["measured"][-1] == pytest.approx(-DEPTH * math.log10(2), rel=0.05)
        assert panel["measured"][-1] < panel["low"][-1]
        assert panel["share"] > 1


MASKS = ("lets_counts_vary", "drops_at_its_rate")


def test_counts_are_those_of_the_masks() -> None:
    """Rows and columns of nine masks, counted again; their spread; the share at every rate."""
    row, verdicts = _drawn(Counts(), "regularization.dropout", MASKS)
    assert {v.verdict for v in verdicts.values()} == {"conforms"}
    dropout, ones = techniques()["regularization.dropout"], np.ones(LINES, np.float32)
    kept = np.stack([dropout(s, ones, rate=0.5).outputs > 0 for s in range(SEEDS)])
    for line, axis in zip(row["lines"], (2, 1), strict=True):
        counts = np.sum(kept, axis).reshape(-1)
        assert line["lines"] == counts.size
        by_hand = np.histogram(counts, np.array(line["edges"]))[0] / counts.size
        assert line["observed"] == pytest.approx(by_hand, abs=1e-4)
        assert sum(line["expected"]) == pytest.approx(1.0, abs=1e-3)
        n = kept.shape[axis]
        assert line["variance"] == pytest.approx(np.mean((2.0 * counts - n) ** 2) / n)
        assert abs(line["variance"] - 1) < line["variance_allowed"]
        off = np.abs(np.array(line["observed"]) - line["expected"])
        assert np.all(off <= line["noise"])
    at = row["rates"].index(0.5)
    assert row["off"][at] == pytest.approx(np.mean(kept) - 0.5, rel=1e-3)
    assert all(abs(o) < a for o, a in zip(row["off"], row["allowed"], strict=True))


def _half_of_every_row(seed: Array, x: Array, *, rate: float) -> Array:
    """As many of every row are kept: counts do not vary."""
    n = x.shape[-1] if x.ndim else 1
    order = np.argsort(np.random.default_rng(int(seed)).random(x.shape), axis=-1) if x.ndim else 0
    scale = 1 / (1 - rate) if rate < 1 else 0.0
    return np.where(order < n * (1 - rate), x * scale, 0.0).astype(x.dtype)


def test_counts_that_do_not_vary_are_seen() -> None:
    """All rows in one bin, and no spread, where the law fails; columns as they should be."""
    row, verdicts = _drawn(
        Counts(), "regularization.dropout", ("lets_counts_vary",), _half_of_every_row
    )
    assert verdicts["lets_counts_vary"].verdict == "fails"
    rows, columns = row["lines"]
    assert max(rows["observed"]) == 1.0
    assert 1 - rows["variance"] > rows["variance_allowed"]
    assert abs(columns["variance"] - 1) < columns["variance_allowed"]


def test_noise_is_counted_beside_the_normal_density() -> None:
    """Steps and tensors each in their own deviation, counted again; all within what is allowed."""
    row, verdicts = _drawn(Histogram(), "gradients.add_noise", ("is_normal",))
    assert verdicts["is_normal"].verdict == "conforms"
    tensors, steps, numbers = row["shape"]
    zeros = [np.zeros((steps, numbers), np.float32) for _ in range(tensors)]
    known = row["parameters"]
    added = np.stack(techniques()["gradients.add_noise"](0, zeros, **known)).astype(float)
    variance = known["eta"] / (1 + np.arange(steps)) ** known["gamma"]
    z, edges = added / np.sqrt(variance)[:, None], np.array(row["edges"])
    by_hand = np.histogram(z, edges)[0] / z.size / np.diff(edges)
    assert row["numbers"] == z.size
    assert row["observed"] == pytest.approx(by_hand, abs=1e-3)
    off = np.abs(np.array(row["observed"]) - row["expected"])
    assert np.all(off <= row["allowed"])
    told = row["steps"]
    assert told["variance"] == pytest.approx(np.mean(z**2, axis=(0, 2)), rel=1e-3)
    assert np.all(np.abs(np.array(told["variance"]) - 1) < told["allowed"])


def _picture(kind: str, **columns: Any) -> dict[str, Any]:
    of = {"depths": "initializers.he_normal", "counts": "regularization.dropout"}[kind]
    cell = {"technique": of, "backend": "torch", "dtype": "float32", "device": "cpu"}
    return cell | {"kind": kind} | columns


def _depths(**changed: Any) -> dict[str, Any]:
    count = np.arange(1, DEPTH + 1)
    panel = {
        "activation": "relu", "direction": "forward", "parameters": {"mode": "fan_in"},
        "setting": {"negative_slope": 0.0}, "networks": 8, "share": 1.5,
        "theory": [0.0] * DEPTH, "measured": (-0.3 * count).tolist(),
        "low": ["-inf", *(-0.2 * count[1:]).tolist()], "high": (0.2 * count).tolist(),
    }  # fmt: skip
    return _picture("depths", width=WIDTH, panels=[panel | changed])


def _counts(**changed: Any) -> dict[str, Any]:
    line = {
        "of": "rows", "units": 271, "lines": 2187, "edges": [133.5, 135.5, 137.5],
        "observed": [0.5, 0.5], "expected": [0.5, 0.5], "noise": [0.1, 0.1],
        "variance": 0.25, "variance_allowed": 0.125,
    }  # fmt: skip
    told = {"units": 592677, "lines": [line, line | {"of": "columns"}]}
    shares = {"rates": [0.25, 0.5], "off": [0.001, -0.004], "allowed": [0.004, 0.005]}
    return _picture("counts", **(told | shares | changed))


def _run(folder: Path, pictures: list[dict[str, Any]]) -> Path:
    writer = RunWriter(folder, dict(HEADER))
    cells = {(p["technique"], "a_law", p["backend"], p["dtype"], p["device"]) for p in pictures}
    writer.append([Verdict(*cell, verdict="conforms") for cell in sorted(cells)], pictures)
    writer.close(TOTALS, lambda row: row["technique"])
    return folder


@pytest.mark.parametrize(
    "damaged",
    [
        _depths(measured=[0.0]), _depths(direction="sideways"), _depths(share=None, low=None),
        _counts(off=[0.0]), _counts(lines=[{"edges": [1, 2]}]), _picture("counts"),
        _picture("depths"),
    ],
)  # fmt: skip
def test_a_damaged_picture_is_named(tmp_path: Path, damaged: dict[str, Any]) -> None:
    """A column too short, or a thing that is missing: the line, and what to do."""
    folder = _run(tmp_path / "run", [_depths(), damaged])
    with pytest.raises(RunError, match=r"pictures\.jsonl, line 2 is damaged.*remove that line"):
        read(folder)


@pytest.mark.parametrize("name", ["sgd", "adam", "lamb", "adafactor", "dog"])
def test_updates_are_drawn_to_where_float16_overflows(name: str) -> None:
    """Whatever an optimizer makes of large gradients in float16, its true update is known."""
    host, picture = NumpyBackend(), Updates()
    technique = techniques()[f"optimizers.{name}"]
    judge(technique, host, "float16", PROFILES["quick"], only=(), watch=picture.watch)
    row = picture.row()
    assert row is not None
    assert row["scale"][-1] > 16_000
    assert max(row["error"]) < 1  # NumPy's float16 is computed in float32


def test_the_page_says_what_is_seen(tmp_path: Path) -> None:
    """Caption and reading in the page; in the figure's data, a sentence for every panel or host."""
    run = read(_run(tmp_path / "run", [_depths(), _counts()]))
    page = Elements(write([run], tmp_path / "report").read_text())
    assert "Variance over depth, beside what theory says" in page.text
    assert "beside the binomial distribution" in page.text
    scripts = [text for tag, text in page.texts if tag == "script" and '"seen"' in text]
    data = [json.loads(text) for text in scripts if text.startswith("{")]
    (depths,), counts = (told["float32"]["seen"] for told in data)
    assert depths.startswith("ReLU: signal, forward (negative_slope = 0). 50 layers multiply the ")
    assert "torch showed 1.0\u2009·\u200910⁻¹⁵ times that (off by 1.5 times what is" in depths
    (told,) = counts
    assert "counts of rows vary 0.250 times as much" in told
    assert "farthest off at a rate of 0.5, by 0.8 of what is allowed" in told


def _returns(browser: Any, *, script: str, value: int) -> bool:
    return bool(browser.execute_script(script) == value)


def test_the_pictures_are_drawn(tmp_path: Path, browser: Any) -> None:
    """In a browser: lines, points and sentences; no error."""
    from selenium.webdriver.support.wait import WebDriverWait

    run = read(_run(tmp_path / "run", [_depths(), _counts()]))
    browser.get(write([run], tmp_path / "report").as_uri())
    for kind, points, seen in (("depths", DEPTH, 1), ("counts", 2, 1)):
        figure = f"figure[data-kind={kind}]"
        browser.execute_script(f"document.querySelector('{figure}').scrollIntoView()")
        drawn = f"return document.querySelectorAll('{figure} .trace.scatter .point').length"
        WebDriverWait(browser, 60).until(partial(_returns, script=drawn, value=points))
        said = f"return document.querySelectorAll('{figure} .seen li').length"
        assert browser.execute_script(said) == seen
    assert [e for e in browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []
