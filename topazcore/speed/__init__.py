"""How fast the hot paths are, in one run on one machine, beside the reference program where that is installed.

`cost` is what a process took, `frames` are the micrographs, `reference` says how the other program is spoken to,
`paths` are the four that are measured, `curve` is our training as one of them, `table` shows what came of it. Each
program runs as its users run it: with its own defaults, from its command line, start included. Nothing outside
`run.py bench` imports this package.
"""
