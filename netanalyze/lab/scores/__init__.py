"""What a recording is held against: what it must show, the true cause, the seconds that were held up, other programs."""
