"""A heap of spans that lie open, what ends first in front: Python's heapq, as kernels."""

from netanalyze.kernel import kernel


@kernel
def ends_sooner(ends, a, b):
    """Whether span ``a`` ends before ``b``, or as soon and stands before it."""
    return ends[a] < ends[b] or (ends[a] == ends[b] and a < b)


@kernel
def risen(heap, base, at, ends):
    """Move what stands at ``at`` in the heap that begins at ``base`` up to its place."""
    span = heap[base + at]
    while at > 0 and ends_sooner(ends, span, heap[base + (at - 1) // 2]):
        heap[base + at] = heap[base + (at - 1) // 2]
        at = (at - 1) // 2
    heap[base + at] = span
    return at


@kernel
def popped(heap, base, size, ends):
    """Take what ends first out of a heap of ``size`` spans."""
    span, at, child = heap[base + size - 1], 0, 1
    size -= 1
    while child < size:  # down to a leaf along what ends sooner, then up from there
        if child + 1 < size and not ends_sooner(ends, heap[base + child], heap[base + child + 1]):
            child += 1
        heap[base + at] = heap[base + child]
        at, child = child, 2 * child + 1
    heap[base + at] = span
    return risen(heap, base, at, ends)
