"""The answers of a wave as files for analysts: data, codebook, labels, script.

Imports ``analysis`` and pandas: for the command line and the worker, never for a web page.
"""
