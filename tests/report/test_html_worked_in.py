"""The report in a real browser, as somebody works in it: frames, requests, long tables, a narrow window, paper, the keyboard."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import sample_results
from browser import needs_chromium

from netanalyze.api import analyze
from netanalyze.notebook.segments import with_whole_flow
from netanalyze.report import html
from netanalyze.result.display_filter import proof_frames

pytestmark = [needs_chromium, pytest.mark.xdist_group("browser"), pytest.mark.usefixtures("quiet")]
CAPTURES = Path(__file__).parents[2] / "captures"
LADDER = "document.querySelector('#flow-view .tall')"
SCROLLS = """[...document.querySelectorAll('main *')].filter(one => /auto|scroll/.test(getComputedStyle(one).overflow)
    && (one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight))"""


@pytest.fixture
def shown(tab, tmp_path):
    """Open the report of a capture, or of a result."""

    def show(capture):
        result = with_whole_flow(analyze([CAPTURES / capture])) if isinstance(capture, str) else capture
        path = tmp_path / "report.html"
        path.write_text(html.render(result), encoding="utf-8")
        tab.show(path)
        return result

    return show


def search(tab, words):
    tab.run(
        f"(box => {{ box.value = {words!r}; box.dispatchEvent(new Event('input')); }})(document.querySelector('#lanes input'))"
    )
    tab.frames()
    return tab.run("[...document.querySelectorAll('.lane-name span')].map(one => one.textContent)")


def test_the_culprit_s_packets_are_all_there_and_drawn_as_far_as_they_are_seen(tab, shown):
    result = shown("recorded/loss/capture.pcap")
    flow = next(row for row in result.flows.rows() if row["flow_id"] == result.root.flow_id)
    held = f"JSON.parse(document.getElementById('data').textContent).packets[{result.root.flow_id}]"
    assert tab.run(f"{held}.length") == flow["orig_packets"] + flow["resp_packets"]
    assert 10 < tab.run("document.querySelectorAll('.rung').length") < 100
    tab.run(f"{LADDER}.scrollTop = {LADDER}.scrollHeight")
    tab.frames()
    last = tab.run("[...document.querySelectorAll('.rung')].pop().dataset.frame")
    assert int(last) == tab.run(f"{held}.pop()[0]")


def test_the_graph_has_acknowledgments_and_the_window_all_along(tab, shown):
    shown("recorded/loss/capture.pcap")
    for kind in ("acked", "allowed"):
        drawn = tab.run(f"document.querySelector('.sequence path.{kind}').getAttribute('d')")
        assert len(set(re.findall(r"V[0-9.]+", drawn))) > 50
    kinds = tab.run("[...document.querySelectorAll('#flow-view .legend i')].map(one => one.className)")
    assert kinds == ["sent", "resent", "acked", "allowed", "sacked", "hole"]


def test_a_frame_of_the_evidence_leads_to_its_packet(tab, shown):
    result = shown("recorded/loss/capture.pcap")
    frame = proof_frames(result.verdict)[-1]
    tab.run(f"document.querySelector('a[data-frame=\"{frame}\"]').click()")
    tab.frames()
    assert tab.run("document.querySelector('.rung.pointed').dataset.frame") == str(frame)
    place = "(box => [box.top, box.bottom])({}.getBoundingClientRect())"
    top, bottom = tab.run(place.format("document.querySelector('.rung.pointed')"))
    above, below = tab.run(place.format(LADDER))
    assert above <= top < bottom <= below


def test_a_cause_leads_to_its_page_which_is_opened(tab, shown):
    shown("recorded/loss/capture.pcap")
    tab.run("document.querySelector('.figures a').click()")
    tab.frames()
    assert tab.run("document.querySelector('#cause-tcp-loss').checkVisibility()")
    assert tab.run("document.querySelector('#cause-tcp-loss').getBoundingClientRect().top") < 900


def test_the_ladder_says_who_stays_silent(tab, shown):
    shown("recorded/client-hello-dropped/capture.pcap")
    pauses = tab.run("[...document.querySelectorAll('.ladder .pause')].map(one => one.textContent)")
    assert pauses
    assert all(text.startswith("nothing moved; path owed ACK · ") for text in pauses)


def test_requests_have_rows_that_are_searched_by_their_target(tab, shown):
    result = shown("http/error_status/hit.pcapng")
    request = next(iter(result.http.rows()))
    assert request["target"] == "/example.com/module/@v/v1.0.0.mod"
    assert search(tab, f"get {request['target']}") == ["GET /example…om/module/@v/v1.0.0.mod"]


def test_a_long_table_has_the_culprit_s_row_first_and_the_others_when_it_is_opened(tab, shown):
    made = sample_results.failed()
    flows = [sample_results._flow(i, 10000 + i, i / 100, i / 100 + 1, host=f"h{i}.example.test") for i in range(2_500)]
    finding = replace(made.findings[0], flow_id=2_300)
    shown(sample_results.result(made.verdict, ends=40, flows=flows, findings=[finding]))
    rows = "[...document.querySelector('table[data-name=flows]').tBodies[0].rows]"
    assert tab.run(f"{rows}.length") == 200
    assert tab.run(f"{rows}.filter(row => row.className === 'hit').map(row => row.cells[0].textContent)") == ["2300"]
    tab.run("document.querySelector('table[data-name=flows]').closest('details').open = true")
    tab.until(f"{rows}.length === 2000")
    assert "2500, 2000 of them shown" in tab.run("document.querySelector('#tables').parentNode.textContent")
    assert tab.run(f"{rows}.some(row => row.textContent.includes('h1900.example.test'))")


def test_a_narrow_window_shows_the_whole_ladder_and_graph(tab, shown):
    tab.size(400, 900)
    shown("recorded/client-hello-dropped/capture.pcap")
    assert not tab.run(
        "[...document.querySelectorAll('#flow-view .wide')].some(one => one.scrollWidth > one.clientWidth)"
    )
    tab.size(900, 900)
    tab.until("document.querySelector('.ladder').clientWidth > 600")


@pytest.mark.parametrize("width", [1200, 400])
def test_what_scrolls_is_reached_by_the_keyboard(tab, shown, width):
    """axe's scrollable-region-focusable; ``python -m tests.judges`` asks axe itself."""
    tab.size(width, 900)
    shown("recorded/loss/capture.pcap")
    tab.run("[...document.querySelectorAll('details')].forEach(one => one.open = true)")
    assert tab.run(f"{SCROLLS}.length") > 0
    lost = f"{SCROLLS}.filter(one => one.tabIndex < 0 && !one.querySelector('a, button, input, [tabindex=\"0\"]'))"
    assert tab.run(f"{lost}.map(one => one.className)") == []


def test_paper_has_what_to_do_on_its_first_page_and_nothing_empty(tab, shown):
    tab.ask("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        tab.size(718, 1047)  # A4 within margins of a centimetre
        shown("recorded/client-hello-dropped/capture.pcap")
        steps = "[...document.querySelectorAll('.steps, .steps + h2 + .copyable')].map(one => one.getBoundingClientRect().bottom)"
        assert max(tab.run(steps)) < 1047
        cards = "[...document.querySelectorAll('section')].filter(one => one.checkVisibility())"
        texts = tab.run(f"{cards}.map(one => one.innerText.split(one.querySelector('h2').innerText).join('').trim())")
        assert len(texts) > 4
        assert all(texts)
    finally:
        tab.ask("Emulation.setEmulatedMedia", {"media": ""})
