"""What limits a transfer, and what it would have taken without: rates, windows, losses, outages."""
