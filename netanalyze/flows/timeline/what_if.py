"""A run again with some of its spans shorter: when each would have been over."""

from netanalyze.flows.timeline.critical_path import AT_ONCE_NS
from netanalyze.flows.timeline.heap import popped, risen
from netanalyze.kernel import kernel


@kernel
def waited_for(starts, ends, flows, ranks, spans, heap, last, causes):
    """What each span waited for: the same flow's span that it follows on, else what ended last before it began, -1 nothing.

    Args:
        starts, ends, flows: of spans in the order of their beginnings; of a lookup the flow is -1.
        ranks: their places in the order of their ends.
        heap, last: room for ``spans`` numbers, and -1 for each flow.
        causes: written, a place for each span.
    """
    begun, size, ended = 0, 0, -1
    for span in range(spans):
        since = starts[span]
        while starts[begun] < since:
            heap[size] = begun
            risen(heap, 0, size, ranks)
            size += 1
            begun += 1
        while size > 0 and ends[heap[0]] <= since + AT_ONCE_NS:
            first = heap[0]
            if ended < 0 or ranks[first] > ranks[ended]:
                ended = first
            popped(heap, 0, size, ranks)
            size -= 1
        mine = -1
        if flows[span] >= 0:
            mine = last[flows[span]]
            last[flows[span]] = span
        if mine >= 0 and -AT_ONCE_NS <= ends[mine] - since <= AT_ONCE_NS:
            causes[span] = mine
        else:
            causes[span] = ended


@kernel
def played_again(starts, ends, causes, cuts, tried, tried_cuts, spans, over):
    """When each span would be over if it were ``cuts`` shorter and began as long after what it waited for as it did.

    Args:
        causes: what each waited for, -1 nothing.
        tried: the earlier attempt of a dial that lay open when a span of a later one began, -1 none; ``tried_cuts`` is how much
            shorter that would have been up to then.
        over: written.
    """
    for span in range(spans):
        earlier, cause, begins = tried[span], causes[span], starts[span]
        if 0 <= earlier < span:  # as far as the earlier attempt had come by then
            begins = over[earlier] - (ends[earlier] - starts[span]) + cuts[earlier] - tried_cuts[span]
        elif cause >= 0:
            begins = over[cause]
            if starts[span] > ends[cause]:
                begins += starts[span] - ends[cause]
        over[span] = begins + ends[span] - starts[span] - cuts[span]
