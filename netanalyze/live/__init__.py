"""Live: run a command under capture. The only place with sockets, processes and clocks (beside the laboratory).

- ``sniffer``: frames from an interface, by dumpcap (``dumpcap``, ``blocks``) or a packet socket (``raw``, ``bpf``)
- ``links``, ``routes``, ``environment``: the interfaces, where the packets will leave, what decides the run
- ``child``, ``signals``, ``caller``: the command, which stays itself
- ``go``, ``relay``: go's own word, stamped as it is printed
- ``plan``: what is settled before anything starts
- ``recorder``, ``slim``, ``remarks``: the pcapng file, what is kept of a frame, what is remarked on it
- ``status``, ``sentences``: the line while it hangs, and what it says
- ``session``: all of it together
"""
