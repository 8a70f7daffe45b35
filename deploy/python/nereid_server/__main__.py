"""`python -m nereid_server` is the command `nereid`."""

from nereid_server.launch import main

main()
