"""The report tells all that a run holds, opens without a network, and trusts no string."""

from __future__ import annotations

import csv
import json
import shutil
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from properties.finding import Verdict
from properties.pictures.curves import BINS, ORDERS, centres
from reference.catalogue import techniques
from reference.numerics import FORMATS
from reports import audits
from reports.report import write
from reports.runs import Run, RunError, RunWriter, read
from tests.conftest import Command

NASTY = '<script>document.title = "hacked"</script> & "quotes" | pipe'
HEADER = {
    "commit": "0123456789abcdef", "started": "2026-01-01T00:00:00+00:00", "seed": 7,
    "profile": "default", "backends": {"torch": {"torch": "2.13.0"}, NASTY: {"mine": NASTY}},
    "platform": NASTY, "python": "3.11.7", "device": "cpu", "versions": {},
}  # fmt: skip
TOTALS = {
    "complete": True, "compared": 196571, "wall_seconds": 1.5, "kernel_share": 0.8,
    "recompilations": 0,
}  # fmt: skip
WITNESS = {
    "index": [3], "x": 9.25, "x_bits": "0x41140000", "observed": 0.0, "observed_bits": "0x00000000",
    "expected": 3.7e-08, "expected_bits": "0x331ee9b9", "error": 3.7e-08, "allowed_error": 1e-14,
}  # fmt: skip


def _verdict(law: str, verdict: str, technique: str = "activations.tanh", **more: Any) -> Verdict:
    cell = {"backend": "torch", "dtype": "float32", "device": "cpu"}
    return Verdict(technique, law, verdict=verdict, **(cell | more))


VERDICTS = [
    _verdict("agrees_with_reference", "conforms", grade="faithful", max_ulp=0.75, compared=65277),
    _verdict(
        "derivative_agrees", "fails", max_ulp=1.7e7, allowed=26.0, compared=65277,
        witness=WITNESS, reason=f"3 of 65277 beyond what is allowed; worst: got 0.0 {NASTY}",
    ),
    _verdict(
        "keeps_gradient_alive", "deviates", max_ulp=1.7e7, compared=66017,
        reason=f"1 - y cancels {NASTY} [|error| <= 2 u]", link="javascript:alert(1)",
        witness={"registered": [{"x": 9.5}]} | WITNESS,
    ),
    _verdict("transformations_agree", "absent", reason="torch runs a function in one way only"),
    _verdict("is_odd", "error", backend=NASTY, reason=NASTY),
    _verdict("*", "absent", technique=f"activations.{NASTY}", reason=NASTY),
]  # fmt: skip


def _curve() -> dict[str, Any]:
    """A curve of torch's tanh that dies between 9 and 43."""
    form = FORMATS["float32"]
    column = {"ulps": [0.5] * (BINS - 1) + ["inf"], "allowed": [5.0] * (BINS - 1) + [None]}
    died = {"from": 9.25, "to": 43.5, "asked": 296, "dead": 290, "largest_lost": 3.7e-08,
            "returned": "zero"}  # fmt: skip
    return {
        "technique": "activations.tanh", "backend": "torch", "dtype": "float32", "device": "cpu",
        "kind": "curve", "parameters": {},
        "x": centres(form).tolist(), **dict.fromkeys(ORDERS, column),
        "dead": {"asked": 66017, "dead": 290, "intervals": [died]},
    }  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A small run with every kind of trouble."""
    writer = RunWriter(tmp_path / "run", dict(HEADER))
    writer.append(VERDICTS, [_curve()])
    writer.close(TOTALS, lambda row: row["technique"])
    return read(tmp_path / "run")


class Elements(HTMLParser):
    """Every element of a page, and the text of its scripts and of its body."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open = [""]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element and its attributes."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag in ("script", "style"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave a script or a style."""
        if tag == self._open[-1]:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        """Note a text and what it is in."""
        self.texts.append((self._open[-1], data))

    @property
    def text(self) -> str:
        """What a reader sees."""
        return " ".join(" ".join(text for tag, text in self.texts if not tag).split())


MUTANT = {
    "technique": "activations.tanh", "mutant": "tanh_is_odd_no_more", "because": NASTY,
    "blind_spot": "structure", "caught_by": ["is_odd"], "dtype": "float32", "witness": WITNESS,
    "counterexample": "3 of 65277 beyond what is allowed; worst: got 0.0",
}  # fmt: skip
AUDIT = {
    "whole": True,
    "mutants": [MUTANT, MUTANT | {"mutant": "tanh_that_nobody_saw", "caught_by": []}],
    "laws": [
        {"family": "activations", "law": "is_odd", "asked": 9, "kills": 1},
        {"family": "activations", "law": "is_even", "asked": 1, "kills": 0},
    ],
}


def test_the_report_tells_which_wrong_code_was_caught(run: Run, tmp_path: Path) -> None:
    """The mutation score by family and law, every mutant with its catchers, survivors first."""
    audits.write(tmp_path / "audit.json", AUDIT)
    page = write([run], tmp_path / "report", audits.read(tmp_path / "audit.json"))
    text = Elements(page.read_text()).text
    for told in ("tanh_that_nobody_saw", "1 survived", "2 mutants", "1 50", "tanh_is_odd_no_more"):
        assert told in text, told
    assert text.rindex("tanh_that_nobody_saw") < text.rindex("tanh_is_odd_no_more")
    told = (page.parent / "report.md").read_text()
    assert "| activations | 2 | 1 | 2 | 1 |" in told
    assert "| activations | is\\_even | 1 | 0 |" in told


@pytest.mark.parametrize("text", ["", "{", "[]", '{"mutants": [{}], "laws": [], "whole": 1}'])
def test_a_damaged_audit_is_told(text: str, tmp_path: Path) -> None:
    """What is no audit is refused, and the command that makes one is named."""
    path = tmp_path / "audit.json"
    path.write_text(text)
    with pytest.raises(RunError, match=r"is no audit, or damaged .* gradproof audit --output"):
        audits.read(path)
    with pytest.raises(RunError, match="there is no audit at"):
        audits.read(tmp_path / "none.json")


def test_the_page_tells_everything(run: Run, tmp_path: Path) -> None:
    """Provenance, verdicts, witness with bits, cause, dead gradients, formula and facts."""
    page = write([run], tmp_path / "report")
    assert page == tmp_path / "report" / "index.html"
    text = Elements(page.read_text()).text
    for told in (
        "196,571", "0123456789ab", "2.13.0", "default, 7",  # what was run where
        "2 verdicts are unexplained", "✗ fails", "9.25", "0x41140000", "0x331ee9b9",
        "3 of 65277 beyond what is allowed", "1 - y cancels", "0x41180000",
        "9.25 … 43.5", "290 of 296", "y = tanh(x)", "is odd", "LeCun, Bottou, Orr",
        "torch runs a function in one way only", "def tanh(x: Any) -> Any:",
    ):  # fmt: skip
        assert told in text, told


def test_the_page_needs_no_network(run: Run, tmp_path: Path) -> None:
    """Scripts, styles and pictures are in the page; only plain links lead out."""
    page = Elements(write([run], tmp_path / "report").read_text())
    for tag, attributes in page.elements:
        assert "src" not in attributes, (tag, attributes)
        if tag == "link":
            assert attributes["href"].startswith("data:")
        if tag == "a":
            assert attributes["href"].startswith(("#", "https://", "http://")), attributes
    style = " ".join(text for tag, text in page.texts if tag == "style")
    assert "url(" not in style
    assert "@import" not in style


def test_the_page_trusts_no_string(run: Run, tmp_path: Path) -> None:
    """What a backend calls itself or says is shown as it is, and never becomes markup."""
    page = Elements(write([run], tmp_path / "report").read_text())
    assert NASTY in page.text
    for tag, text in page.texts:
        assert not (tag == "script" and 'document.title = "hacked"' in text)
    for _, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes)


def test_a_technique_that_the_catalogue_does_not_know_is_told_of(run: Run, tmp_path: Path) -> None:
    """A run of another version keeps its verdicts."""
    text = Elements(write([run], tmp_path / "report").read_text()).text
    assert "This checkout's catalogue has no such technique" in text


def _page_of_all(folder: Path) -> Path:
    writer = RunWriter(folder / "run", dict(HEADER))
    writer.append([_verdict("agrees_with_reference", "conforms", name) for name in techniques()])
    writer.close(TOTALS, lambda row: row["technique"])
    return write([read(folder / "run")], folder / "report")


def test_every_technique_of_the_catalogue_can_be_told(tmp_path: Path) -> None:
    """Whatever facts, parameters and bindings a technique has, its part of the page is written."""
    page = Elements(_page_of_all(tmp_path).read_text())
    told = {attributes.get("id") for tag, attributes in page.elements if tag == "article"}
    assert told == set(techniques())


def test_markdown_and_tables_stand_beside_it(run: Run, tmp_path: Path) -> None:
    """The same in plain text: no markup from outside, one row for each verdict and deviation."""
    folder = write([run], tmp_path / "report").parent
    text = (folder / "report.md").read_text()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "| ≠ faithful |" not in text
    assert "✗ faithful" in text
    with (folder / "verdicts.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(VERDICTS)
    (failed,) = [r for r in rows if r["verdict"] == "fails"]
    assert json.loads(failed["witness"])["x_bits"] == "0x41140000"
    assert {r["backend"] for r in rows} == {"torch", NASTY}
    with (folder / "deviations.csv").open(newline="") as file:
        (known,) = csv.DictReader(file)
    assert known["laws"] == "keeps_gradient_alive"
    assert known["dtypes"] == "float32"
    assert json.loads(known["witness"]) == {"x": 9.5}
    assert float(known["max_ulp"]) == 1.7e7


def test_a_run_that_was_cut_off_is_told(tmp_path: Path) -> None:
    """It does not say that nothing is unexplained, and counts what was compared until then."""
    writer = RunWriter(tmp_path / "run", HEADER)
    writer.append(VERDICTS[:1])
    writer.close({"complete": False}, lambda _: 0)
    folder = write([read(tmp_path / "run")], tmp_path / "report").parent
    for name in ("index.html", "report.md"):
        text = (folder / name).read_text()
        assert "cut off" in text
        assert "Nothing is unexplained" not in text
        assert "65,277" in text


def test_several_runs_stand_side_by_side(run: Run, tmp_path: Path) -> None:
    """Each run has its own columns, under its own name, even where folders are called the same."""
    shutil.copytree(run.folder, tmp_path / "other" / "run")
    page = write([run, read(tmp_path / "other" / "run")], tmp_path / "report")
    text = Elements(page.read_text()).text
    assert "torch · run (1)" in text
    assert "torch · run (2)" in text


def test_a_run_without_pictures_has_a_report_without_plots(run: Run, tmp_path: Path) -> None:
    """Runs of the first days have no pictures: everything else is told."""
    (run.folder / "pictures.jsonl").unlink()
    page = Elements(write([read(run.folder)], tmp_path / "report").read_text())
    assert "figure" not in {tag for tag, _ in page.elements}
    assert "3 of 65277 beyond what is allowed" in page.text


def test_a_damaged_curve_is_named(run: Run) -> None:
    """The line is named, and what to do."""
    file = run.folder / "pictures.jsonl"
    file.write_text(file.read_text() + '{"technique": "activations.relu"}\n')
    with pytest.raises(RunError, match=r"pictures\.jsonl, line 2 is damaged.*remove that line"):
        read(run.folder)


def test_a_folder_that_cannot_be_written_is_one_sentence(
    run: Run, tmp_path: Path, gradproof: Command
) -> None:
    """Exit status 2, the folder named, no traceback."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="cannot write the report to"):
        write([run], tmp_path / "file" / "report")
    done = gradproof("report", run.folder, "--output", tmp_path / "file" / "report")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "choose another with --output" in done.stderr


def _shown(browser: Any) -> list[str]:
    script = "return [...document.querySelectorAll('.grid tr[data-technique]')]"
    return browser.execute_script(
        f"{script}.filter(r => r.getClientRects().length).map(r => r.dataset.technique)"
    )


def test_the_page_works_in_a_browser(run: Run, tmp_path: Path, browser: Any) -> None:
    """Opened from a file: no error, no request, no sideways scroll; filter, hover and plot work."""
    from selenium.webdriver.support.wait import WebDriverWait

    browser.get(write([run], tmp_path / "report").as_uri())
    assert browser.title == "gradproof: run"
    assert len(_shown(browser)) == 2
    browser.execute_script("document.querySelector('.chips [value=error]').click()")
    assert _shown(browser) == ["activations.tanh"]
    browser.execute_script("document.querySelector('.chips [value=error]').click()")
    browser.execute_script(
        "document.querySelector('#search').value = 'nothing';"
        "document.querySelector('#search').dispatchEvent(new Event('input'))"
    )
    assert _shown(browser) == []
    browser.execute_script(
        "document.querySelector('#search').value = '';"
        "document.querySelector('#search').dispatchEvent(new Event('input'));"
        "document.querySelector('.cell.fails').dispatchEvent(new Event('mouseenter'))"
    )
    hovered = browser.execute_script("return document.querySelector('#tip').innerText")
    assert "derivative agrees" in hovered
    assert "float32" in hovered
    browser.execute_script("document.querySelector('figure').scrollIntoView()")
    drawn = "return document.querySelectorAll('figure .trace.scatter path.js-line').length"
    WebDriverWait(browser, 60).until(lambda b: b.execute_script(drawn) >= 3)
    asked = "return performance.getEntriesByType('resource').map(e => e.name)"
    assert not [name for name in browser.execute_script(asked) if name.startswith("http")]
    wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for width in (1400, 480):
        browser.set_window_size(width, 1000)
        # Figures follow the window a moment later: what counts is where the page comes to rest.
        WebDriverWait(browser, 20).until(lambda b: b.execute_script(wide) == 0)
    assert [e for e in browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")] == []


def test_a_link_leads_to_its_technique(tmp_path: Path, browser: Any) -> None:
    """Over hundreds of parts that are laid out as they come into sight."""
    browser.get(_page_of_all(tmp_path).as_uri())
    top = "return document.getElementById(arguments[0]).getBoundingClientRect().top"
    for name in ("optimizers.adam", "activations.tanh", "recurrent.lstm"):
        link = f"document.querySelector('.grid [data-technique=\"{name}\"] a').click()"
        browser.execute_script(link)
        time.sleep(2)  # parts around it are laid out
        assert abs(browser.execute_script(top, name) - 64) < 2
