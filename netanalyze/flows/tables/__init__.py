"""The tables of a result that are about flows, made where somebody asks for them: flows, TLS, HTTP, stalls, events."""
