"""How fast the hot paths are, in one run on one machine, beside the reference program where that is installed.

`cost` is what a process took, `frames` are the micrographs, `reference` says how the other program is spoken to,
`paths` are the four that are measured, `table` shows them. Each program runs as its users run it: with its own defaults, from
its command line, start included. Nothing outside `run.py bench speed` imports this package.
"""
