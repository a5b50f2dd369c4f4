"""The subcommands of run.py that need the web server."""
