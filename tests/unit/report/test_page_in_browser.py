"""The page in a real browser, which is let ask for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from browser import ARGUMENTS, NAMES, VARIABLE, browser_path, is_blank
from sweep_rows import BASE, built_board, curves, hostile_board, trained_board, variant

from modelspec.report.assembly import page_html
from modelspec.report.board import Board
from modelspec.report.bundle import plotly_js

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("plotly", reason="plotly is not installed")
PATH = browser_path()
pytestmark = pytest.mark.skipif(
    PATH is None, reason=f"no browser: {VARIABLE} names none, and there is none of {', '.join(NAMES)}"
)
FIGURES = ("curves", "parallel", "importance", "sizes", "times")


@dataclass
class Opened:
    """A page in the browser.

    Args:
        said: what it wrote to the console, and errors that nobody caught.
        asked: the addresses it asked for, but itself.
    """

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).first.text_content())

    def column(self, place: int) -> list[str]:
        """What the lines that are shown have in a column."""
        cells = self.page.locator(f"#board tbody tr[data-n]:not([hidden]) td:nth-child({place})")
        return [str(text) for text in cells.all_text_contents()]

    def shown(self) -> str:
        return self.text("#shown")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(PATH), args=list(ARGUMENTS))
        yield running
        running.close()


def opened(browser: Any, folder: Path, board: Board, **options: Any) -> Opened:
    path = folder / "report.html"
    library = plotly_js() if board.sweep.metric is not None else None
    lines = curves(board) if library is not None else {}
    path.write_bytes(page_html(board, lines, library=library).encode())
    context = browser.new_context(viewport={"width": 1400, "height": 900}, offline=True, **options)
    page = context.new_page()
    found = Opened(page)
    page.on("console", lambda message: found.said.append(message.text))
    page.on("pageerror", lambda error: found.said.append(str(error)))
    address = path.as_uri()

    def answer(route: Any) -> None:
        if route.request.url == address:
            route.continue_()
        else:
            found.asked.append(route.request.url)
            route.abort()

    page.route("**/*", answer)
    page.goto(address)
    ready = "figures" if library is not None else "table"
    page.wait_for_selector(f'html[data-ready="{ready}"]', state="attached", timeout=60_000)
    return found


@pytest.fixture(scope="module")
def trained(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    found = opened(browser, tmp_path_factory.mktemp("trained"), trained_board())
    yield found
    assert (found.said, found.asked) == ([], [])


@pytest.fixture
def fresh(trained: Opened) -> Opened:
    """The page as it is at first."""
    if trained.page.locator("#clear").is_visible():
        trained.page.click("#clear")
    for link in trained.page.locator('#board a[aria-expanded="true"]').all():
        link.click()
    trained.page.locator("#board th button").first.click()
    if trained.page.locator("#board th").first.get_attribute("aria-sort") != "ascending":
        trained.page.locator("#board th button").first.click()
    return trained


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn(fresh, name):
    figure = fresh.page.locator(f"#{name}")
    assert figure.locator("svg.main-svg").count() > 0
    marks = {"importance": ".bars path", "curves": ".scatterlayer .lines path"}.get(
        name, ".scatterlayer .point"
    )
    assert figure.locator(marks).count() >= 4
    assert not is_blank(figure.screenshot())


def test_the_page_is_no_wider_than_the_window_and_not_blank(fresh):
    for width in (1400, 500):
        fresh.page.set_viewport_size({"width": width, "height": 900})
        assert fresh.page.evaluate("document.documentElement.scrollWidth") <= width
        assert not is_blank(fresh.page.screenshot(full_page=True))
    fresh.page.set_viewport_size({"width": 1400, "height": 900})


def test_no_button_of_a_figure_sends_it_anywhere(fresh):
    buttons = fresh.page.locator(".modebar-btn")
    titles = {buttons.nth(place).get_attribute("data-title") for place in range(buttons.count())}
    assert titles == {"Download plot as a PNG", "Reset axes"}


def test_a_figure_is_kept_as_a_picture(fresh, tmp_path):
    fresh.page.locator("#times").scroll_into_view_if_needed()
    fresh.page.locator("#times").hover()
    with fresh.page.expect_download() as download:
        fresh.page.locator("#times .modebar-btn").first.click()
    download.value.save_as(tmp_path / "times.png")
    picture = (tmp_path / "times.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert not is_blank(picture)


def test_a_head_sorts_by_numbers_one_way_and_then_the_other(fresh):
    head = fresh.page.locator("#board th", has_text="params")
    place = 1 + [text.strip() for text in fresh.page.locator("#board th").all_text_contents()].index("params")
    for order in ("ascending", "descending"):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == order
        numbers = [int(text.replace(",", "")) for text in fresh.column(place) if text != "–"]
        assert numbers == sorted(numbers, reverse=order == "descending")
        assert len(numbers) > 30


def test_what_has_no_value_stays_last_whichever_way(fresh):
    head = fresh.page.locator("#board th button").first
    head.click()
    assert fresh.column(1)[:2] == ["25", "24"]
    assert fresh.column(1)[-7:] == ["–"] * 7


def test_a_head_is_pressed_with_the_keyboard(fresh):
    head = fresh.page.locator("#board th", has_text="name")
    head.locator("button").focus()
    fresh.page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"


def test_words_filter_the_table_and_the_figures(fresh):
    before = fresh.page.locator("#sizes .scatterlayer .point").count()
    fresh.page.fill("#filter", "bottleneck W32")
    fresh.page.wait_for_selector("#clear:visible")
    names = fresh.column(3)
    assert names
    assert all("bottleneck" in name and "w32" in name for name in names)
    assert fresh.shown() == f"{len(names)} of 32 variants"
    assert fresh.page.locator("#sizes .scatterlayer .point").count() < before
    fresh.page.click("#clear")
    assert fresh.shown() == "32 variants"
    assert fresh.page.locator("#sizes .scatterlayer .point").count() == before


def test_states_filter_the_table(fresh):
    fresh.page.locator("#controls label", has_text="done").click()
    assert fresh.shown() == "7 of 32 variants"
    fresh.page.locator("#controls label", has_text="failed").click()
    assert fresh.shown() == "6 of 32 variants"


def test_a_name_opens_the_document_and_its_difference_in_the_page(fresh):
    link = fresh.page.locator("#v7 a")
    link.click()
    assert link.get_attribute("aria-expanded") == "true"
    assert fresh.page.url.endswith("#v7")
    details = fresh.page.locator("#v7 + tr.detail")
    assert details.locator("pre.document").text_content() == variant(7).document
    removed = details.locator(".difference .removed").all_text_contents()
    assert removed
    assert all(line.removeprefix("- ") in BASE.splitlines() for line in removed)
    link.click()
    assert fresh.page.locator("tr.detail").count() == 0


def test_a_failed_variant_tells_why_with_the_end_of_its_log(fresh):
    fresh.page.locator("#v5 a").click()
    details = fresh.page.locator("#v5 + tr.detail")
    assert "the loss is no number after epoch 3" in str(details.text_content())
    assert "loss: nan" in str(details.locator("pre").first.text_content())


def test_an_address_with_a_variant_opens_it(fresh):
    fresh.page.evaluate("location.hash = '#v12'")
    fresh.page.wait_for_selector("#v12 + tr.detail")


def test_the_metric_of_the_curves_is_chosen(fresh):
    title = fresh.page.locator("#curves .ytitle")
    assert title.text_content() == "val_accuracy"
    fresh.page.select_option("#metric", "loss")
    assert title.text_content() == "loss"
    fresh.page.select_option("#metric", "val_accuracy")
    lines = fresh.page.locator("#curves .scatterlayer .lines path").count()
    fresh.page.select_option("#most", "10")
    assert fresh.page.locator("#curves .scatterlayer .lines path").count() == 20 < lines
    fresh.page.select_option("#most", "40")


def test_the_objective_stands_against_the_time_that_runs_took(fresh):
    fresh.page.select_option("#against", "seconds")
    assert "of all its runs" in fresh.text("#times .xtitle")
    fresh.page.select_option("#against", "ended")
    assert "since the first start" in fresh.text("#times .xtitle")


def test_pointing_at_a_curve_tells_the_variant(fresh):
    fresh.page.locator("#curves").scroll_into_view_if_needed()
    box = fresh.page.locator("#curves .nsewdrag").bounding_box()
    fresh.page.mouse.move(box["x"] + box["width"] * 5 / 11, box["y"] + 20)
    fresh.page.wait_for_selector("#curves .hovertext")
    assert "#18, rank 1" in fresh.text("#curves .hovertext")


def test_a_box_over_an_axis_chooses_variants(fresh):
    fresh.page.locator("#parallel").scroll_into_view_if_needed()
    box = fresh.page.locator("#parallel .nsewdrag").bounding_box()
    top = fresh.page.evaluate("document.getElementById('parallel')._fullLayout.yaxis.range")
    x = box["x"] + box["width"] * (2 + 0.35) / (6 + 0.7)  # the third axis of seven: `body`
    y = [box["y"] + box["height"] * (top[1] - place) / (top[1] - top[0]) for place in (1.05, 0.9)]
    fresh.page.mouse.move(x - 12, y[0])
    fresh.page.mouse.down()
    fresh.page.mouse.move(x, sum(y) / 2)
    fresh.page.mouse.move(x + 12, y[1])
    fresh.page.mouse.up()
    fresh.page.wait_for_selector("#clear:visible")
    assert set(fresh.column(6)) == {"plain"}
    assert len(fresh.column(6)) > 5


def test_the_page_is_dark_where_the_user_has_it_so(fresh):
    colour = "getComputedStyle(document.body).backgroundColor"
    light = fresh.page.evaluate(colour)
    fresh.page.emulate_media(color_scheme="dark")
    assert fresh.page.evaluate(colour) != light
    tick = fresh.page.locator("#curves .xtick text").first
    assert "rgb(154, 164, 176)" in str(tick.get_attribute("style"))
    fresh.page.emulate_media(color_scheme="light")


def test_names_and_documents_that_would_be_scripts_run_nothing(browser, tmp_path):
    found = opened(browser, tmp_path, hostile_board())
    for link in found.page.locator("#board a").all():
        link.click()
    assert found.page.locator("tr.detail").count() == 13
    box = found.page.locator("#curves .nsewdrag").bounding_box()
    found.page.mouse.move(box["x"] + box["width"] * 5 / 11, box["y"] + 30)
    found.page.wait_for_timeout(200)
    assert found.page.evaluate("window.broken") is None
    texts = [str(text) for text in found.page.locator("pre.document").all_text_contents()]
    assert "</script>" in texts[0]
    assert found.page.locator("main img, main svg a, main style").count() == 0
    assert found.text("h1") == "</title><script>window.broken=1</script>"
    assert (found.said, found.asked) == ([], [])
    found.page.context.close()


def test_a_page_without_figures_sorts_and_opens(browser, tmp_path):
    found = opened(browser, tmp_path, built_board())
    found.page.locator("#board th button", has_text="memory").click()
    found.page.locator("#v3 a").click()
    assert found.text("#v3 + tr pre.document") == variant(3).document
    assert not is_blank(found.page.screenshot())
    assert (found.said, found.asked) == ([], [])
    found.page.context.close()


def test_without_scripts_the_table_is_there(browser, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(page_html(built_board(), {}, library=None))
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("#board tbody tr").count() == 26
    assert not page.locator("#controls").is_visible()
    context.close()
