"""Floor 1: from capture files and pipes to batches of frames, and back."""
