"""Several stories on one clock, and the capture they make."""

from captures.recipes.pcapng import pcapng


class Timeline:
    """Merges stories by the time of their frames; of two frames at one time the earlier story's comes first.

    Args:
        stories: conversations and scripts; ``None`` is skipped.
        keep: a function of ``(time_ns, octets)`` that says whether the capture holds a frame.
        run: the command under which it was made, None: nobody knows of one.
        options: of :func:`captures.recipes.pcapng.pcapng`.
    """

    def __init__(self, *stories, keep=None, run=None, **options):
        self.run = run
        self.stories, self.keep, self.options = [story for story in stories if story], keep, options

    @property
    def frames(self):
        """``(time_ns, octets)`` of every frame, in order."""
        every = sorted((frame for story in self.stories for frame in story.frames), key=lambda frame: frame[0])
        return [frame for frame in every if self.keep is None or self.keep(*frame)]

    def octets(self):
        """The pcapng file."""
        comments = self.run.comments() if self.run is not None else ()
        return pcapng(self.frames, comments=comments, **self.options)
