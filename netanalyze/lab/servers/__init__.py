"""What the laboratory serves, well or badly: DNS, TLS, HTTP, proxies, modules, packages, git."""
