"""The process that runs one instance of a Python model.

The server starts it as ``python3 .../nereid_worker --name ... --memory ... --calls ... --replies ...``; docs/python-
worker.md says what the two sides write to each other. A model imports ``triton_python_backend_utils``, which offers
what is defined here.

Threads: the main thread answers the server's questions one after the other (``life_cycle``) and runs the model's code.
One thread watches whether the server is there (``process``), one reports to it what memory is free again
(``disposals``), one runs the coroutines of an ``async def execute`` (``coroutines``, started by the first one), one
answers whether the model is ready (``readiness``, only for a model that has ``is_ready``). Every thread of the model
may call the server (``calls``).
"""
