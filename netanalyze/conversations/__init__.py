"""What the two ends of a flow say: streams put together, DNS, TLS, HTTP, QUIC and ICMP read as far as they can be."""
