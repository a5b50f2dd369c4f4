"""The image formats behind `topazcore.micrograph`: one module per family, and the search for files.

Nothing outside `topazcore.micrograph` needs to know which of them opened a micrograph.
"""
