"""Live: run a command under capture. The only place with sockets, processes and clocks (beside the laboratory).

- ``capture``: frames from an interface, by dumpcap, tcpdump or a packet socket; the pcapng file and what is kept in it
- ``processes``: the command's processes: what they wait for, and whose sockets are whose
- ``sockets``: what the kernel says of sockets and routes
- ``command``: the command, which stays itself; go's own word, stamped as it is printed; what is settled before it starts
- ``status``, ``sentences``: the line while it hangs, and what it says
- ``launch``, ``attach``, ``session``: a command that is started, one that runs already, and what both have in common
"""
