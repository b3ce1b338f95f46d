"""Live: run a command under capture. The only place with sockets, processes and clocks (beside the laboratory).

- ``sniffer``: frames from an interface, by dumpcap (``dumpcap``, ``blocks``) or a packet socket (``raw``, ``bpf``)
- ``links``, ``routes``, ``environment``: the interfaces, where the packets will leave, what decides the run
- ``child``, ``signals``, ``caller``: the command, which stays itself
- ``go``, ``relay``: go's own word, stamped as it is printed
- ``recorder``: the pcapng file; ``status``: the line while it hangs
- ``session``: all of it together
"""
