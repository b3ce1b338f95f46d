"""The display filter by which Wireshark shows exactly the frames of a verdict's proof."""

from typing import TYPE_CHECKING

from netanalyze.findings import Frames, runs_of

if TYPE_CHECKING:
    from netanalyze.result import Result, Verdict

LONGEST = 1000
"""Characters of a filter that has as much room as it likes."""


def proof_frames(verdict: "Verdict") -> list[int]:
    """The frames of the proof, in order."""
    return sorted({n for frames, _ in verdict.proof if isinstance(frames, Frames) for n in frames.numbers})


def wireshark_filter(result: "Result", room: int = LONGEST) -> str:
    """A display filter that shows the proof: its frames, and the flow that they are of; '' where there is no proof.

    What has no room is left out: first the flow, then the single frames, for those of the whole flow. With several files
    frame numbers count over all of them and Wireshark's do not, so the flow's addresses are named then.
    """
    verdict = result.verdict
    numbers = proof_frames(verdict)
    by_flow = _by_addresses(result)
    if not numbers or len(result.capture.files) > 1:
        return by_flow if verdict.proof else ""
    runs = runs_of(numbers)
    inside = ",".join(f"{first}" if first == last else f"{first}..{last}" for first, last in runs)
    frames = f"frame.number == {numbers[0]}" if len(numbers) == 1 else f"frame.number in {{{inside}}}"
    flows = {frames.flow_id for frames, _ in verdict.proof if isinstance(frames, Frames)}
    stream = result.streams.of(min(flows, key=lambda flow: -1 if flow is None else flow)) if len(flows) == 1 else None
    wanted = [f"{stream.filter} && {frames}"] if stream is not None else []
    of_verdict = result.streams.of(result.root.flow_id) if result.root is not None else None
    whole = of_verdict.filter if of_verdict is not None else by_flow
    wanted += [frames, whole or f"frame.number >= {numbers[0]} && frame.number <= {numbers[-1]}"]
    return next((text for text in wanted if len(text) <= room), wanted[-1])


def _by_addresses(result: "Result") -> str:
    """The flow of the verdict's finding by its addresses and ports, '' where it has none."""
    flow = flow_row(result, result.root.flow_id) if result.root is not None else None
    if flow is None or flow["transport"] not in ("tcp", "udp"):
        return ""
    address = "ipv6.addr" if flow["ip_version"] == 6 else "ip.addr"
    return f"{address} == {flow['resp_address']} && {flow['transport']}.port == {flow['orig_port']}"


def flow_row(result: "Result", flow_id: int | None) -> dict[str, object] | None:
    """The row of a flow by its number, or None."""
    if flow_id is None or flow_id < 0:
        return None
    where = (result.flows.flow_id == flow_id).nonzero()[0]
    return result.flows.row(int(where[0])) if len(where) else None
