"""The science of Peridot: micrographs in, picks out.

Usable from a notebook or a script. It never imports Flask or anything of `server`, and importing the
package itself never imports torch: only `model`, `objective`, `training`, `scoring`, `checkpoint` and
what builds on them do.
"""

__version__ = "0.1.0"
