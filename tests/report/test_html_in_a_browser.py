"""The report in a real browser: what its script does, that it says nothing on the console, and that it stays quick."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sample_results
from browser import needs_chromium

from netanalyze.api import analyze
from netanalyze.report import html
from netanalyze.result.display_filter import proof_frames

pytestmark = [needs_chromium, pytest.mark.xdist_group("browser"), pytest.mark.usefixtures("quiet")]
ROOT = Path(__file__).parents[2]
LIST = "document.querySelector('.lane-list')"
EVIL = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"


@pytest.fixture(scope="module")
def result():
    return analyze([ROOT / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"])


@pytest.fixture(scope="module")
def page(result, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html.render(result), encoding="utf-8")
    return path


def many(count):
    flows = [
        sample_results._flow(i, 40000 + i, i / 100, i / 100 + 1 + i % 7, host=f"h{i % 50}.example.test")
        for i in range(count)
    ]
    return sample_results.result(sample_results.healthy().verdict, ends=count / 100 + 9, flows=flows)


def names(tab):
    return tab.run("[...document.querySelectorAll('.lane-name span')].map(one => one.textContent)")


def test_the_culprit_is_chosen_and_its_packets_are_there_at_once(tab, page, result):
    tab.show(page)
    assert "198.51.100.10:443" in tab.run("document.querySelector('#flow-view h3').textContent")
    drawn = tab.run("[...document.querySelectorAll('.rung .when')].map(one => one.textContent.split(' ')[0])")
    assert {f"#{number}" for number in proof_frames(result.verdict)} <= set(drawn)
    assert tab.run("document.querySelectorAll('.rung.proof').length") > 3
    assert tab.run("document.querySelectorAll('.sequence line.proof').length") > 3
    assert not tab.run("[...document.querySelectorAll('.still')].some(one => one.checkVisibility())")


def test_rows_are_found_by_words_and_sorted(tab, page):
    tab.show(page)
    tab.run(
        "(box => { box.value = 'AAAA'; box.dispatchEvent(new Event('input')); })(document.querySelector('#lanes input'))"
    )
    tab.frames()
    assert names(tab) == ["proxy.golang.org AAAA"]
    tab.run(
        "(box => { box.value = ''; box.dispatchEvent(new Event('input')); })(document.querySelector('#lanes input'))"
    )
    tab.run(
        "(box => { box.value = 'octets'; box.dispatchEvent(new Event('change')); })(document.querySelector('#lanes select'))"
    )
    tab.frames()
    assert names(tab)[0] == "proxy.golang.org"


def test_keys_go_through_rows_zoom_and_open(tab, page):
    tab.show(page)
    tab.run(f"{LIST}.focus()")
    tab.key("Home")
    assert tab.run(f"{LIST}.getAttribute('aria-activedescendant')") == "row-0"
    tab.key("ArrowDown")
    assert tab.run(f"{LIST}.getAttribute('aria-activedescendant')") == "row-1"
    ticks = "[...document.querySelectorAll('.lane-axis text')].map(one => one.textContent)"
    whole = tab.run(ticks)
    tab.key("+")
    closer = tab.run(ticks)
    assert closer != whole
    tab.key("0")
    assert tab.run(ticks) == whole
    tab.key("Enter")
    assert tab.run("document.querySelector('#flow-view h3').textContent") == tab.run(
        "document.querySelector('#row-1').title"
    )


def test_the_wheel_zooms_and_dragging_moves(tab, page):
    tab.show(page)
    tab.run("document.getElementById('lanes').scrollIntoView()")
    box = tab.run("(b => [b.left, b.top, b.width])(document.querySelector('.lane-plot').getBoundingClientRect())")
    x, y = box[0] + box[2] / 2, box[1] + 10
    ticks = "[...document.querySelectorAll('.lane-axis text')].map(one => one.textContent)"
    whole = tab.run(ticks)
    for _ in range(4):
        tab.mouse("mouseWheel", x, y, deltaX=0, deltaY=-100, modifiers=8)
    tab.frames()
    closer = tab.run(ticks)
    assert closer != whole
    tab.mouse("mousePressed", x, y, button="left", clickCount=1)
    tab.mouse("mouseMoved", x - 200, y, button="left")
    tab.mouse("mouseReleased", x - 200, y, button="left", clickCount=1)
    tab.frames()
    assert tab.run(ticks) != closer


def test_a_finding_leads_to_its_row(tab, page):
    tab.show(page)
    tab.run("document.querySelectorAll('a.small[data-flow]')[1].click()")
    tab.frames()
    flow = tab.run("document.querySelectorAll('a.small[data-flow]')[1].dataset.flow")
    assert tab.run("document.querySelector('.lane-name.chosen small').textContent") == flow


def test_tables_are_sorted_searched_and_copied(tab, page, result):
    tab.show(page)
    tab.run("[...document.querySelectorAll('details')].forEach(one => one.open = true)")
    head = "[...document.querySelectorAll('details th')].find(one => one.textContent.startsWith('qtype'))"
    tab.run(f"{head}.querySelector('button').click()")
    column = f"[...{head}.closest('table').tBodies[0].rows].map(row => row.cells[{head}.cellIndex].textContent)"
    assert tab.run(column) == ["A", "AAAA"]
    tab.run(f"{head}.querySelector('button').click()")
    assert tab.run(column) == ["AAAA", "A"]
    assert tab.run(f"{head}.getAttribute('aria-sort')") == "descending"
    tab.run(
        "document.execCommand = () => { window.taken = document.querySelector('textarea.away').value; return true; };"
        "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
    )
    tab.run(f"{head}.closest('details').querySelector('.tools .copy').click()")
    lines = tab.run("window.taken").splitlines()
    assert lines[0].startswith("qname,")
    assert len(lines) == 1 + len(result.dns)


def test_a_command_is_copied_as_it_is(tab, page, result):
    tab.show(page)
    tab.run(
        "document.execCommand = () => { window.taken = document.querySelector('textarea.away').value; return true; };"
        "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
    )
    tab.run("document.querySelector('.steps .copy').click()")
    assert tab.run("window.taken") == next(step.command for step in result.verdict.fix if step.command)


def test_figures_are_those_of_the_json(tab, page, result):
    tab.show(page)
    told = result.to_json()
    shown = tab.run("JSON.parse(document.getElementById('data').textContent)")
    lanes = {lane[6]: lane for lane in shown["lanes"]}
    for row in told["flows"]:
        if row["transport"] == "tcp":
            lane = lanes[row["flow_id"]]
            assert lane[7] == row["orig_octets"] + row["resp_octets"]
            assert lane[2] == pytest.approx(row["first"] * 1e6, abs=1)
            assert lane[3] == pytest.approx(row["last"] * 1e6, abs=1)
    assert {frame for packets in shown["packets"].values() for frame, *_ in packets} >= set(
        proof_frames(result.verdict)
    )
    assert shown["proof"]


def test_names_from_a_capture_never_become_markup(tab, tmp_path):
    made = sample_results.failed()
    flows = [sample_results._flow(0, 50000, 0, 10, host=EVIL, process=EVIL)]
    made = sample_results.result(
        replace(made.verdict, summary=EVIL), ends=12, flows=flows, findings=made.findings, files=(EVIL,)
    )
    path = tmp_path / "evil.html"
    path.write_text(html.render(made), encoding="utf-8")
    tab.show(path)
    assert tab.run("document.querySelectorAll('img').length") == 0
    assert tab.run("document.querySelectorAll('script').length") == 2
    assert names(tab) == [EVIL]


def test_ten_thousand_rows_are_drawn_as_far_as_they_are_seen(tab, tmp_path):
    path = tmp_path / "many.html"
    path.write_text(html.render(many(10_000)), encoding="utf-8")
    assert path.stat().st_size < 8_000_000
    tab.show(path)
    assert tab.run("document.querySelector('.lane-count').textContent") == "10000 / 10000"
    assert tab.run("document.querySelectorAll('.lane-name').length") < 60
    tab.run(f"{LIST}.scrollTop = 22 * 5000")
    tab.frames()
    assert "h0.example.test" in names(tab)
    assert tab.run("document.querySelectorAll('.lane-name').length") < 60


@pytest.mark.parametrize("width", [1200, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_the_window(tab, page, width, scheme):
    tab.ask("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    tab.size(width, 900)
    tab.show(page)
    assert tab.run("document.documentElement.scrollWidth") <= width


def test_what_to_do_is_on_the_first_page_of_a_print(tab, page):
    tab.show(page)
    tab.ask("Emulation.setEmulatedMedia", {"media": "print"})
    tab.size(794, 1123)
    visible = "one => one.checkVisibility()"
    assert tab.run(f"[...document.querySelectorAll('.still')].every({visible})")
    assert not tab.run(f"[...document.querySelectorAll('button, .tools')].some({visible})")
    assert tab.run("document.querySelector('.steps').getBoundingClientRect().top") < 1123
    tab.ask("Emulation.setEmulatedMedia", {"media": ""})


def test_without_its_script_the_page_is_as_it_was(tab, page):
    tab.ask("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        tab.ask("Page.navigate", {"url": page.resolve().as_uri()})
        tab.until("document.readyState === 'complete'")
        assert tab.run("document.querySelector('.still').checkVisibility()")
        assert not tab.run("document.getElementById('lanes').checkVisibility()")
        assert tab.run("document.querySelectorAll('button').length") == 3  # those of the hidden waterfall
    finally:
        tab.ask("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_command_line_writes_it(tmp_path):
    capture = ROOT / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"
    argv = [
        sys.executable,
        "-m",
        "netanalyze.cli.main",
        "analyze",
        str(capture),
        "--html",
        str(tmp_path / "r.html"),
        "--json",
    ]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert json.loads(done.stdout)["verdict"]["cause"] == "tls/client-hello-dropped"
    assert (tmp_path / "r.html").stat().st_size < 1_000_000


def test_a_hole_that_is_told_by_sack_is_drawn_and_named(tab, tmp_path):
    """Of the server's octets, though the client sent more: those are the ones that are missing."""
    path = tmp_path / "report.html"
    path.write_text(
        html.render(analyze([ROOT / "captures" / "recorded" / "mtu-black-hole-down" / "capture.pcap"])),
        encoding="utf-8",
    )
    tab.show(path)
    assert tab.run("document.querySelectorAll('.sequence line.sacked').length") == 2
    holes = tab.run(
        "[...document.querySelectorAll('.sequence line.hole')].map(one => one.y1.baseVal.value - one.y2.baseVal.value)"
    )
    assert len(holes) == 2
    assert min(holes) > 100
    named = tab.run(
        "[...document.querySelectorAll('.ladder text')].map(one => one.textContent).filter(one => /SACK/.test(one))"
    )
    assert named == ["ACK · ack 1 · SACK 1,449–2,544", "FIN · ack 1 · SACK 1,449–2,544"]
